"""The key scanner finds the lines an editor shows."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from livelihoods.study.lines import key_lines, line_of

TEXT = '''# a study
title = "one [two] # three"

[data]
file = "a.csv"   # comment with "quote
text = [
  "district", # a ] bracket
  "village",
]
[index.living.dimensions."a b"]
income = "+"
note = """
[not.a.table]
key = 1
"""
[[clean]]
keep = 'x == 1'
[[clean]]
winsorise = ["a"]
tails = [0.01, 0.99]
[[analysis]]
id = "one"
sub.key = {x = 1, y = [1,
2]}
last = true
'''


def test_lines_of_a_file_written_by_hand() -> None:
    # Expected numbers counted by eye in TEXT.
    lines = key_lines(TEXT)
    assert lines[("title",)] == 2
    assert lines[("data",)] == 4
    assert lines[("data", "text")] == 6
    assert lines[("index", "living", "dimensions", "a b")] == 10
    assert lines[("index", "living", "dimensions", "a b", "income")] == 11
    assert ("not", "a", "table") not in lines
    assert lines[("clean", 0, "keep")] == 17
    assert lines[("clean", 1, "tails")] == 20
    assert lines[("analysis", 0, "sub", "key")] == 23
    assert lines[("analysis", 0, "last")] == 25


def test_line_of_falls_back_to_what_is_around() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("analysis", 0, "sub", "key", "x")) == 23
    assert line_of(lines, ("data", "weight")) == 4
    assert line_of(lines, ("design",)) is None


_KEYS = st.text("abcdefg_-1", min_size=1, max_size=5)
_VALUES = st.one_of(
    st.integers(-5, 5).map(str),
    st.sampled_from(['"x # ["', "'y ]'", '"""\nz = 1\n"""', "[\n 1,\n 2 # ]\n]", "{a = 1}"]),
)


@given(st.dictionaries(_KEYS, st.dictionaries(_KEYS, _VALUES, max_size=4), max_size=5))
def test_every_key_of_a_made_file_is_found(tables: dict[str, dict[str, str]]) -> None:
    text, expected = "", {}
    for table, keys in tables.items():
        expected[(table,)] = text.count("\n") + 1
        text += f"[{table}]\n"
        for key, value in keys.items():
            expected[(table, key)] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    parsed: dict[str, Any] = tomllib.loads(text)
    assert parsed.keys() == tables.keys()
    assert key_lines(text) == expected
