"""The tables in docs/performance.md are those that the benchmark kept."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_tables_are_quoted_as_they_were_measured() -> None:
    kept = (ROOT / "benchmarks" / "engine.md").read_text(encoding="utf-8")
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    parts = [part.split("\n", 1)[1].strip() for part in kept.split("## ")[1:]]
    assert len(parts) == 2
    for part in parts:
        assert part in text, "paste the tables of benchmarks/engine.md into docs/performance.md"
