"""Train one demo model.

    python -m scripts.demo_models.train --arch llama --corpus CORPUS_FOLDER --out assets/models/demo-llama

Runs on a GPU if there is one, otherwise on the CPU, in bfloat16 autocast with compiled steps. On the CPU, set
``MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8589934592`` to keep memory between steps, and ``OMP_NUM_THREADS`` to choose
the number of cores. Checkpoints are saved in ``--work``; the same command resumes from them.

Each step takes 4,096 tokens: two steps of short rows (128 tokens), then one of full-context rows (512), so that all
positions are trained and bare prompts stay frequent. Muon trains the weight matrices, AdamW the embeddings and gains.
The learning rate warms up, holds, and decays linearly to zero.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import AutoTokenizer, PreTrainedModel

from . import corpus, models, rows

LOG = logging.getLogger("train")
STEP_TOKENS = 4096
SHORT, LONG = 128, 512
WARM_UP = 100
CLASS_WEIGHTS = (1.0, 0.3, 2.0)
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def plan(step: int) -> tuple[int, int]:
    """The row length of a step, and the number of earlier steps of that length."""
    return (LONG, step // 3) if step % 3 == 2 else (SHORT, step - step // 3)


def learning_rate(step: int, steps: int, decay: float) -> float:
    """The share of the peak learning rate at a step."""
    return min(1.0, (step + 1) / WARM_UP, (steps - step) / (steps * decay))


def optimizers(model: PreTrainedModel, lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for the rest."""
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and (".layers." in name or ".h." in name)]
    known = {id(p) for p in inner}
    other = [p for p in model.parameters() if id(p) not in known]
    return [
        torch.optim.Muon(inner, lr=lr, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(other, lr=lr, weight_decay=0.0, betas=(0.9, 0.95), fused=True),
    ]


def make_loss(model: PreTrainedModel, device: torch.device) -> Loss:
    """The weighted loss of a batch, compiled."""
    weights = torch.tensor(CLASS_WEIGHTS, device=device)

    def loss(tokens: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        logits = model(input_ids=tokens, use_cache=False).logits[:, :-1]
        each = F.cross_entropy(
            logits.reshape(-1, logits.shape[-1]).float(), tokens[:, 1:].reshape(-1), reduction="none"
        )
        weight = weights[classes[:, 1:].reshape(-1)]
        return (each * weight).sum() / weight.sum()

    return torch.compile(loss, dynamic=False)


def training_rows(args: argparse.Namespace) -> dict[int, rows.Rows]:
    """All training rows, by length."""
    prose = corpus.load(args.corpus)
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer, local_files_only=True)
    sentences = rows.Sentences(prose, tokenizer)
    steps = {LONG: args.steps // 3, SHORT: args.steps - args.steps // 3}
    return {
        length: rows.build(
            sentences,
            tokenizer,
            length,
            count * STEP_TOKENS // length,
            share=args.drill_share,
            seed=args.seed,
            leading=args.leading,
        )
        for length, count in steps.items()
    }


def batch(data: dict[int, rows.Rows], step: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and classes of a step."""
    length, number = plan(step)
    size = STEP_TOKENS // length
    chosen = slice(number * size, (number + 1) * size)
    tokens = torch.from_numpy(data[length].tokens[chosen].astype(np.int64)).to(device)
    return tokens, torch.from_numpy(data[length].classes[chosen].astype(np.int64)).to(device)


def run(args: argparse.Namespace, device: torch.device) -> tuple[PreTrainedModel, dict[str, object]]:
    """Train the model, resuming from the last checkpoint if there is one."""
    model = models.load(args.start)[0] if args.start else models.build(args.arch, args.seed)
    model = model.to(device).train()
    if device.type == "cpu":  # the fused attention's backward pass is slow there
        model.set_attn_implementation("eager")
    opts = optimizers(model, args.lr)
    data = training_rows(args)
    checkpoint = args.work / f"{args.arch}-{args.seed}-{args.steps}.pt"
    start, seconds, decays = 0, 0.0, []
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        for opt, saved in zip(opts, state["optimizers"], strict=True):
            opt.load_state_dict(saved)
        start, seconds, decays = state["step"], state["seconds"], state["weight_decays"]
    decays.append([start, args.weight_decay])
    for group in opts[0].param_groups:
        group["weight_decay"] = args.weight_decay
    loss_of, total, began = make_loss(model, device), 0.0, time.perf_counter() - seconds
    for step in range(start, args.steps):
        for opt in opts:
            for group in opt.param_groups:
                group["lr"] = args.lr * learning_rate(step, args.steps, args.decay)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = loss_of(*batch(data, step, device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad()
        total += loss.detach()  # reading it would wait for the device; only logging does
        if (step + 1) % args.log_every == 0:
            LOG.info(
                "%s step %d loss %.4f seconds %.0f",
                args.arch, step + 1, float(total) / args.log_every, time.perf_counter() - began,
            )  # fmt: skip
            total = 0.0
        if (step + 1) % args.save_every == 0:
            state = {"model": model.state_dict(), "optimizers": [opt.state_dict() for opt in opts]}
            state |= {"step": step + 1, "seconds": time.perf_counter() - began, "weight_decays": decays}
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    return model, record(args, device, model, time.perf_counter() - began) | {"weight_decays": decays}


def record(args: argparse.Namespace, device: torch.device, model: PreTrainedModel, seconds: float) -> dict[str, object]:
    """The facts about this stage that the model card reports."""
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": args.seed,
        "steps": args.steps,
        "tokens": args.steps * STEP_TOKENS,
        "drill_share": args.drill_share,
        "leading": args.leading,
        "peak_learning_rate": args.lr,
        "decay": args.decay,
        "seconds": round(seconds),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        "threads": torch.get_num_threads(),
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", choices=models.ARCHITECTURES, required=True)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the corpus files")
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of the trained tokenizer")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--work", type=Path, default=Path(".train"), help="folder for checkpoints")
    parser.add_argument("--steps", type=int, default=5200)
    parser.add_argument("--start", type=Path, help="folder of a finished model to train further, as the next stage")
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument(
        "--decay", type=float, default=0.5, help="final share of the steps over which the learning rate decays"
    )
    parser.add_argument("--weight-decay", type=float, default=0.3, help="of the blocks' matrices")
    parser.add_argument("--drill-share", type=float, default=0.35)
    parser.add_argument("--leading", type=int, default=1, help="how much more often drills open with their subject")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--log-every", type=int, default=50)
    parser.add_argument("--save-every", type=int, default=250)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args.work.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model, stage = run(args, device)
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer, local_files_only=True)
    models.save(model.cpu(), tokenizer, args.out)
    earlier = json.loads((args.start / "training.json").read_text())["stages"] if args.start else []
    facts = {"architecture": args.arch, "stages": [*earlier, stage]}
    (args.out / "training.json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
