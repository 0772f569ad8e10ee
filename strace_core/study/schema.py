"""The two tables of a study and their columns.

``runs`` has one row per (model, score rule, search, prompt); ``sizes`` has one row per subgraph size of each run. A
prompt that could not be traced is a run with an ``error``: its measurements are empty and it has no sizes.
"""

import pyarrow as pa

from strace_core.kinds import KINDS

FORMAT = 2
"""Version of the tables that this program writes."""

EARLIER_FORMAT = 1
"""The one older version that can still be read. It predates guided search: all its runs are best-first."""

ADDED_SINCE_EARLIER_FORMAT = ("search", "tv_best_first")
"""Columns that tables in the earlier format lack."""

RUN_KEY = ("model", "score", "search", "prompt_id")
"""Columns of both tables that identify a run."""

N_DEPTHS = 4
"""Number of depth groups (quarters): block l of L is in group ``l * N_DEPTHS // L + 1``."""

STUDY_BASELINES = ("random", "backbone", "complement")
"""Baselines that a study can run; each has a column in ``sizes``."""

_KEY = [(name, pa.string()) for name in RUN_KEY]

RUNS = pa.schema(
    [
        *_KEY,
        ("group", pa.string()),  # the prompt's group as given; empty without one
        ("text", pa.string()),
        ("target", pa.string()),  # a token whose surprisal is reported, as given
        ("error", pa.string()),  # why the prompt could not be traced
        ("n_tokens", pa.int32()),
        ("n_layers", pa.int32()),
        ("n_heads", pa.int32()),
        ("n_edges", pa.int64()),  # edges of the full graph, E
        ("n_path", pa.int64()),  # edges of one path from an embedding to the output: 2L, or L in parallel blocks
        ("n_backbone", pa.int64()),  # residual and MLP edges of the full graph
        ("connected", pa.int64()),  # smallest size at which the trace connects an embedding to the output
        ("backbone", pa.int64()),  # smallest size at which the trace holds every residual and MLP edge
        ("entropy", pa.float64()),  # of the full model's distribution, nats
        ("top1_text", pa.string()),  # the full model's most likely token
        ("surprisal", pa.float64()),  # of that token under the full model, nats
        ("target_surprisal", pa.float64()),  # of the target under the full model, nats; empty unless it is one token
        ("auc_tv_log", pa.float64()),  # density: area under TV over log10 of the relative size, 0 to 5
        ("auc_tv", pa.float64()),  # density: area under TV over the relative size, 0 to 1
        # The smallest size at which each component has an edge: block by block, heads first, then the MLP.
        ("entries", pa.list_(pa.int64())),
    ]
)

SIZES = pa.schema(
    [
        *_KEY,
        ("n_edges", pa.int64()),  # edges kept, ascending within a run, from 0 to the full graph
        ("fraction", pa.float64()),  # n_edges over the run's E
        # How close the subgraph's distribution Q is to the full model's P, as in a trace's curve.
        ("tv", pa.float32()),
        ("kl", pa.float32()),
        ("entropy", pa.float32()),
        ("surprisal", pa.float32()),
        ("target_surprisal", pa.float32()),
        ("top1_match", pa.bool_()),
        ("top_k_overlap", pa.float32()),
        ("shared_nucleus", pa.int16()),
        # What the subgraph is made of.
        ("connected", pa.bool_()),
        ("n_heads_active", pa.int32()),
        ("n_mlps_active", pa.int32()),
        *((kind, pa.int64()) for kind in KINDS),  # edges kept of each kind
        *((f"depth_{part}", pa.int64()) for part in range(1, N_DEPTHS + 1)),  # edges kept by quarter of the blocks
        # TV of each baseline at the same size; empty where it was not run.
        *((f"tv_{baseline}", pa.float32()) for baseline in STUDY_BASELINES),
        ("tv_best_first", pa.float32()),  # TV of the best-first order at the same size; only beside guided runs
        # How close Q is to the unigram distribution of the model's training text; empty where counts are unknown.
        ("unigram_tv", pa.float32()),
        ("unigram_rank", pa.float32()),  # Spearman correlation of Q's probabilities with the counts
    ]
)

TABLES = {"runs": RUNS, "sizes": SIZES}
"""Schema of each table; table NAME is the file NAME.parquet in a study's folder."""
