"""A study's chunks on a Ray cluster: one actor for each worker, with the model loaded once."""

from strace_core.study.run import Engine


def ray_engine(address: str | None, *, n_workers: int | None, cpus_each: float, gpus_each: float) -> Engine:
    """The engine on a cluster."""
    raise NotImplementedError
