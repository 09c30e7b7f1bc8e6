"""Stata and SPSS files: what was written is read, missing codes included."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError, OutputError
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import MISSING_SCHEMA, Variable


def survey(kind: str) -> lv.Survey:
    """Four answers with labels and missing codes as ``kind`` keeps them."""
    refused, unknown = (".a", ".b") if kind == "dta" else ("-99", "98")
    frame = {
        "member": [1, 0, None, None],
        "income": [1.5, None, None, 2000.25],
        "name": ["红旗村", None, "b", "c"],
        "big": [2**40, None, 3, 4],
    }
    missing = {refused: "refused", unknown: "don't know"}
    book = {
        "member": Variable(
            "member", {"en": "Member?"}, {"en": {"1": "yes", "0": "no"}}, missing=missing
        ),
        "income": Variable("income", {"en": "收入"}, missing={refused: "refused"}),
        "name": Variable("name"),
        "big": Variable("big"),
    }
    apart = [
        (2, "member", refused, "refused"),
        (3, "member", unknown, "don't know"),
        (1, "income", refused, "refused"),
    ]
    table = pl.DataFrame(apart, schema=MISSING_SCHEMA, orient="row")
    return replace(as_survey(frame), codebook=lv.Codebook(book), missing=table)


def test_round_trips(tmp_path: Path) -> None:
    for kind in ("dta", "sav"):
        original = survey(kind)
        assert lv.write_survey(original, tmp_path / f"a.{kind}") == ()
        back = lv.read_survey(tmp_path / f"a.{kind}")
        assert back.frame.equals(original.frame)
        assert back.missing.sort("variable", "row").equals(original.missing.sort("variable", "row"))
        for name, entry in original.codebook.variables.items():
            assert replace(back.codebook.variables[name], scale=None) == entry
        # The codebook in between: file → TOML → file.
        lv.write_codebook(back.codebook, tmp_path / "c.toml")
        lv.write_survey(replace(back, codebook=lv.read_codebook(tmp_path / "c.toml")),
                        tmp_path / f"b.{kind}")  # fmt: skip
        again = lv.read_survey(tmp_path / f"b.{kind}")
        assert again.frame.equals(back.frame)
        assert again.codebook == back.codebook
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.dta", "a.sav", "b.dta", "b.sav", "c.toml",
    ]  # fmt: skip


def test_codes_change_only_with_a_note(tmp_path: Path) -> None:
    notes = lv.write_survey(survey("sav"), tmp_path / "a.dta")
    assert [note.values["codes"] for note in notes] == [["-99 → .a", "98 → .b"], ["-99 → .a"]]
    back = lv.read_survey(tmp_path / "a.dta")
    assert back.codebook.variables["member"].missing == {".a": "refused", ".b": "don't know"}
    notes = lv.write_survey(survey("dta"), tmp_path / "b.sav")
    assert [note.code for note in notes] == ["survey.codes_changed"] * 2
    back = lv.read_survey(tmp_path / "b.sav")
    assert back.frame.equals(survey("dta").frame)
    assert back.missing["label"].to_list() == ["refused", "don't know", "refused"]


def test_spss_ranges_stay_ranges(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1.0, -99.0, 97.0, 98.0, None]})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "a.sav"),
        missing_ranges={"a": [-99, {"lo": 97, "hi": 99}]},
        variable_value_labels={"a": {1: "yes", -99: "refused"}},
        variable_measure={"a": "ordinal"},
    )
    first = lv.read_survey(tmp_path / "a.sav")
    assert first.frame["a"].to_list() == [1, None, None, None, None]
    assert first.missing["code"].to_list() == ["-99", "97", "98"]
    assert first.codebook.variables["a"].missing == {"97..99": "", "-99": "refused"}
    assert first.codebook.variables["a"].scale == "ordinal"
    lv.write_survey(first, tmp_path / "b.sav")
    second = lv.read_survey(tmp_path / "b.sav")
    assert second.frame.equals(first.frame)
    assert second.missing.equals(first.missing)
    assert second.codebook == first.codebook


@pytest.mark.parametrize("declared", [b"GB18030", b"", b"UTF-8"])
def test_old_chinese_files_are_read(tmp_path: Path, declared: bytes) -> None:
    """A sav file with GB18030 text that says so, says nothing, or says something else."""
    lv.write_survey(survey("sav"), tmp_path / "a.sav")
    content = (tmp_path / "a.sav").read_bytes()
    for text in ("红旗村", "收入"):
        long, short = text.encode(), text.encode("gb18030")
        content = content.replace(long, short.ljust(len(long)))
    said = struct.pack("<iiii", 7, 20, 1, 5) + b"UTF-8"  # record 7.20: the encoding
    new = struct.pack("<iiii", 7, 20, 1, len(declared)) + declared if declared else b""
    assert content.count(said) == 1
    (tmp_path / "b.sav").write_bytes(content.replace(said, new))
    back = lv.read_survey(tmp_path / "b.sav")
    assert back.frame["name"][0] == "红旗村"
    assert back.codebook.label("income") == "收入"
    codes = [note.code for note in back.notes if note.severity != "info"]
    assert codes == ([] if declared == b"GB18030" else ["survey.encoding_chosen"])


@pytest.mark.parametrize("kind", ["dta", "sav"])
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_damaged_files_are_refused(tmp_path: Path, kind: str, keep: float) -> None:
    path = tmp_path / f"a.{kind}"
    lv.write_survey(survey(kind), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(DataError) as caught:
        lv.read_survey(path)
    assert caught.value.code in ("survey.unreadable", "survey.empty_file", "survey.undecodable")


def test_what_a_format_cannot_hold_is_refused_or_noted(tmp_path: Path) -> None:
    for name in ("a b", "1a", "x/y"):
        with pytest.raises(OutputError, match="does not allow the column names"):
            lv.write_survey({name: [1]}, tmp_path / "a.sav")
    with pytest.raises(OutputError, match=r"ending in \.dta"):
        lv.write_survey({"a": [1]}, tmp_path / "a.csv")
    with pytest.raises(OutputError, match="cannot be written"):
        lv.write_survey({"a": [1]}, tmp_path / "absent" / "a.sav")
    many = Variable("a", missing={"-1": "", "-2": "", "-3": "", "5": ""})
    with pytest.raises(OutputError, match="cannot hold the missing codes"):
        lv.write_survey(
            replace(as_survey({"a": [1, 2]}), codebook=lv.Codebook({"a": many})),
            tmp_path / "a.sav",
        )
    long = lv.Codebook({"a": Variable("a", {"en": "村" * 300})})
    notes = lv.write_survey(replace(as_survey({"a": [1]}), codebook=long), tmp_path / "a.sav")
    assert [note.code for note in notes] == ["survey.labels_cut"]
    label = lv.read_survey(tmp_path / "a.sav").codebook.label("a")
    assert set(label) == {"村"}
    assert len(label) <= 85  # 256 bytes, three a character
    assert list(tmp_path.iterdir()) == [tmp_path / "a.sav"]


COLUMNS = st.fixed_dictionaries(
    {
        "i": st.lists(st.none() | st.integers(-(2**31), 2**31), min_size=3, max_size=3),
        "x": st.lists(
            st.none() | st.floats(-1e9, 1e9, allow_nan=False).map(lambda v: v + 0.0),
            min_size=3,
            max_size=3,
        ),
        "s": st.lists(
            st.none() | st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=9),
            min_size=3,
            max_size=3,
        ),
    }
)


@given(columns=COLUMNS, kind=st.sampled_from(["dta", "sav"]))
def test_any_answers_come_back(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[object]], kind: str
) -> None:
    """Numbers to the digit; text to the letter, empty text as missing."""
    path = tmp_path_factory.getbasetemp() / f"any.{kind}"
    schema = {"i": pl.Int64, "x": pl.Float64, "s": pl.String}
    lv.write_survey(pl.DataFrame(columns, schema=schema), path)
    back = lv.read_survey(path).frame
    assert [None if v is None else float(v) for v in back["i"]] == columns["i"]
    assert [None if v is None else float(v) for v in back["x"]] == columns["x"]
    assert back["s"].to_list() == [text or None for text in columns["s"]]


@given(
    kind=st.sampled_from(["dta", "sav", "xlsx"]),
    places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8),
)
@settings(max_examples=40)
def test_changed_bytes_give_a_survey_or_a_teaching_error(
    tmp_path_factory: pytest.TempPathFactory, kind: str, places: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = folder / f"whole.{kind}"
    if not whole.exists():
        if kind == "xlsx":
            survey("dta").frame.write_excel(whole)
        else:
            lv.write_survey(survey(kind), whole)
    content = bytearray(whole.read_bytes())
    for place, byte in places:
        content[place % len(content)] = byte
    damaged = folder / f"damaged.{kind}"
    damaged.write_bytes(content)
    try:
        said = lv.read_survey(damaged).frame.columns
    except DataError as error:
        said = [error.message("en"), error.message("zh")]
    assert all(said)
