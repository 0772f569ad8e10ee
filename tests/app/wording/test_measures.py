import numpy as np

from strace_explorer.wording.measures import MEASURES


def test_values_are_written_with_their_units() -> None:
    assert MEASURES["tv"].written(0.12345) == "0.123"
    assert MEASURES["kl"].written(np.inf) == "infinite"
    assert MEASURES["kl"].written(1234.5) == "1,234.500 nats"
    assert MEASURES["shared_nucleus"].written(90) == "90 %"
    assert MEASURES["tv"].written(np.nan) == "unknown"
