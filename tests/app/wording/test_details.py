import numpy as np

from strace_core import MlpDetail
from strace_explorer.wording.details import effects_table, mlp_numbers, sources_table
from tests.app.details import PROMOTED, SUPPRESSED, head


def test_the_table_of_sources_has_everything_strongest_first() -> None:
    table = sources_table(head([0.5, 0.3, 0.2], [1.0, 3.0, 0.0], [4, 0, None]))
    assert table["Source token"].tolist() == ["<b> (2)", "·cat (1)", "·the (0)"]
    assert table["Included from size"].fillna(0).tolist() == [0, 1, 5], "the first is not in the graph"
    assert table["Score"].tolist() == [0.2, 0.1, 0.0]


def test_effects_show_both_lists_with_visible_tokens() -> None:
    table = effects_table(head([1.0], [1.0], [0]))
    assert table["Promotes"].tolist() == ["·Paris", "⏎"] and table["logit +"].tolist() == [3.142, 2.0]
    assert table["Suppresses"].tolist() == ["</script>", "∅"] and table["logit −"].tolist() == [-2.5, -1.0]


def test_numbers_of_an_mlp() -> None:
    inside = mlp_numbers(MlpDetail(1234.56, 0.314, 41, PROMOTED, SUPPRESSED))
    assert [number.value for number in inside] == ["1,234.6", "31 %", "from size 42 on"]
    outside = mlp_numbers(MlpDetail(1.0, np.nan, None, PROMOTED, SUPPRESSED))
    assert [number.value for number in outside] == ["1.0", "none", "never"]
