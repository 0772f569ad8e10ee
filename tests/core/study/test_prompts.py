import json
from pathlib import Path

import pandas as pd
import pytest

from strace_core.errors import FileError
from strace_core.study.prompts import StudyPrompt, read_prompts

WANTED = [
    StudyPrompt("a", "One, two,", " three", "count"),
    StudyPrompt("b", 'Ein "Wort"\nmehr'),
    StudyPrompt("7", "é"),
]
ROWS = [
    {"id": "a", "text": "One, two,", "target": " three", "group": "count", "more": "x"},
    {"id": "b", "text": 'Ein "Wort"\nmehr', "target": None, "group": None, "more": "y"},
    {"id": "7", "text": "é", "target": None, "group": None, "more": None},
]


def test_every_kind_of_file_gives_the_same_prompts(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS)
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_parquet(tmp_path / "p.parquet")
    (tmp_path / "p.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n", encoding="utf-8")
    for ending in (".csv", ".parquet", ".jsonl"):
        assert read_prompts(tmp_path / f"p{ending}") == WANTED


def test_lines_of_text_are_called_by_their_numbers(tmp_path: Path) -> None:
    place = tmp_path / "p.txt"
    place.write_text("\ufeffFirst\n\n  \n second \n", encoding="utf-8")
    assert read_prompts(place) == [StudyPrompt("1", "First"), StudyPrompt("2", " second ")]


def test_ids_can_be_left_out_and_be_numbers(tmp_path: Path) -> None:
    place = tmp_path / "p.jsonl"
    place.write_text('{"text": "a"}\n{"text": "b", "id": 12, "group": 3}\n')
    assert read_prompts(place) == [StudyPrompt("1", "a"), StudyPrompt("12", "b", None, "3")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.txt", "", "contains no prompts"),
        ("p.csv", "", "contains no prompts"),
        ("p.csv", "text\n", "contains no prompts"),
        ("p.csv", "prompt\nx\n", r"no 'text' in row 1 \(its columns: prompt\)"),
        ("p.csv", "id,text\na,x\na,y\n", "repeats 1 ids, such as 'a'"),
        ("p.csv", "id,text\na,  \n", "text of row 1"),
        ("p.csv", 'text\n"x\n', "damaged"),
        ("p.jsonl", '{"text": "a"}\n{"text": 3}\n', "3 as the text of row 2"),
        ("p.jsonl", '{"text": "a"\n', "damaged"),
        ("p.jsonl", '["a"]\n', "row 1 is not an object"),
        ("p.jsonl", '{"text": "a", "id": "2"}\n{"text": "b"}\n', "repeats 1 ids, such as '2'"),
        ("p.parquet", "no parquet", "damaged"),
        ("p.tsv", "text\nx\n", r"ends in '\.tsv'; use one of \.txt"),
    ],
)  # fmt: skip
def test_errors_name_what_is_wrong_with_a_file(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FileError, match=said):
        read_prompts(tmp_path / name)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_prompts(tmp_path / "none.txt")
    (tmp_path / "p.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileError, match="damaged"):
        read_prompts(tmp_path / "p.txt")
