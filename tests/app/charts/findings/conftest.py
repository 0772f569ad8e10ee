import pytest

from strace_core.study import Study
from tests.core.studies import random_study


@pytest.fixture(scope="session")
def study() -> Study:
    """Twelve prompts each in a model, its untrained twin and another model."""
    return random_study(1, ("a", "a:untrained", "b"), 12)
