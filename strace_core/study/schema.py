"""The two tables of a study: their columns, in one place.

``runs`` has one row for each (model, score, search, prompt), ``sizes`` one for each size of the subgraphs of a run. A
prompt that could not be traced is a run with an ``error``, empty in all that was to be measured, and without sizes.
"""

import pyarrow as pa

FORMAT = 2
"""Version of the tables, which a reader knows, beside ``EARLIER``; it refuses any other."""

EARLIER = 1
"""The version before there was a choice of searches: all runs are of the paper's, and there is no ``tv_best_first``."""

SINCE_SEARCHES = ("search", "tv_best_first")
"""Columns that tables of the earlier version lack."""

RUN_KEY = ("model", "score", "search", "prompt_id")
"""Columns of both tables that say which run a row is of."""

N_DEPTHS = 4
"""Parts of equal depth into which the blocks are divided; block l of L is in part ``l * N_DEPTHS // L``."""

STUDY_BASELINES = ("random", "backbone", "complement")
"""Baselines that have a column in the table ``sizes``."""

_KEY = [(name, pa.string()) for name in RUN_KEY]

RUNS = pa.schema(
    [
        *_KEY,
        ("group", pa.string()),  # of the prompt, as given; empty without one
        ("text", pa.string()),
        ("target", pa.string()),  # a token whose surprisal is wanted, as given
        ("error", pa.string()),  # why it could not be traced
        ("n_tokens", pa.int32()),
        ("n_layers", pa.int32()),
        ("n_heads", pa.int32()),
        ("n_edges", pa.int64()),  # of the whole graph, E
        ("n_path", pa.int64()),  # edges of one path from an embedding to the output: 2L, or L in parallel blocks
        ("n_backbone", pa.int64()),  # residual and MLP edges of the whole graph
        ("connected", pa.int64()),  # size of the trace from which on a path runs from an embedding to the output
        ("backbone", pa.int64()),  # size of the trace that first holds all residual and MLP edges
        ("entropy", pa.float64()),  # of the full model's distribution, nats
        ("top1_text", pa.string()),  # the full model's most likely token
        ("surprisal", pa.float64()),  # of that token under the full model, nats
        ("target_surprisal", pa.float64()),  # of the target likewise; empty where it is not one token of the model
        ("auc_tv_log", pa.float64()),  # density: area under tv over log10 of the relative size, 0 to 5
        ("auc_tv", pa.float64()),  # area over the relative size, 0 to 1
        # The smallest size at which each component has an edge: block by block its heads, then its MLP.
        ("entries", pa.list_(pa.int64())),
    ]
)

SIZES = pa.schema(
    [
        *_KEY,
        ("n_edges", pa.int64()),  # kept, ascending within a run; from 0 to the whole graph
        ("fraction", pa.float64()),  # of the run's E
        # Closeness of the subgraph's distribution Q to the full model's P, as in a trace's curve.
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
        *((kind, pa.int64()) for kind in ("residual_attn", "attention", "residual_mlp", "mlp", "residual")),
        *((f"depth_{part}", pa.int64()) for part in range(1, N_DEPTHS + 1)),  # kept edges by quarter of the blocks
        # tv of baselines at the same size; empty where one was not run.
        ("tv_random", pa.float32()),
        ("tv_backbone", pa.float32()),
        ("tv_complement", pa.float32()),
        ("tv_best_first", pa.float32()),  # the paper's order at the same size, beside a guided trace; empty elsewhere
        # Closeness of Q to the unigram distribution of the model's training text; empty where its counts are unknown.
        ("unigram_tv", pa.float32()),
        ("unigram_rank", pa.float32()),  # Spearman correlation of Q's probabilities with the counts
    ]
)

TABLES = {"runs": RUNS, "sizes": SIZES}
"""Schema of each table, by name; the table NAME is the file NAME.parquet of a study's folder."""
