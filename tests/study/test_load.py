"""Study files are read whole, or every problem is told with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods import words
from livelihoods.errors import LivelihoodsError, StudyError
from livelihoods.study.kinds import ols
from livelihoods.study.load import parse_study, read_study
from study.studies import HEAD, SMALL


def _problems(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        parse_study(text)
    return caught.value.message()


def test_a_study_is_read_as_written() -> None:
    spec = parse_study(SMALL)
    assert spec.title == "A small study"
    assert spec.seed == 7
    assert spec.design.controls == ("age",)
    assert spec.index["living"].dimensions == {"goods": {"income": "+", "rooms": "+"}}
    (analysis,) = spec.analysis
    assert isinstance(analysis, ols.Spec)
    assert analysis.vcov is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SMALL.replace("treatment =", "tretment ="), r"line 14, design.tretment: .*'treatment'"),
        (SMALL.replace('kind = "ols"', 'kind = "osl"'), r"line 20, analysis\[1\].kind: .*'ols'"),
        (SMALL.replace('kind = "ols"\n', ""), r"line 18, analysis\[1\]: the key 'kind' is missing"),
        (SMALL + 'vcof = "HC1"\n', r"line 21, analysis\[1\].vcof: .*'vcov'"),
        (SMALL + 'vcov = "HC9"\n', r"line 21, analysis\[1\].vcov: .*'HC9' is none of"),
        (SMALL.replace("seed = 7", 'seed = "x"'), r"line 3, seed: a whole number was expected"),
        (SMALL.replace("format = 1", "format = 2"), r"line 1, format: write format = 1"),
        (SMALL.replace('"equal"', '"equals"'), r"line 8, index.living.weights"),
        (SMALL.replace('"+"', '"?"', 1), r"line 10, index.living.dimensions.goods"),
        (SMALL.replace('file = "farms.csv"', ""), r"line 4, data: name one of file"),
        (SMALL.replace("[data]", "[daat]"), r"line 4, daat: .*'data'"),
        (
            SMALL + '[[analysis]]\nid = "Baseline"\nkind = "ols"\n',
            r"line 22, .*stands in analysis 1",
        ),
        (SMALL + "[[clean]]\n", r"line 21, clean\[1\]"),
        (SMALL + "[analysis2]\n", r"line 21, analysis2: there is no key"),
        (SMALL.replace("[[analysis]]", "[analysis]"), r"line 18, analysis: write \[\[analysis\]\]"),
        (SMALL.replace('id = "baseline"', 'id = "a b"'), r"line 19, .*begin with a letter"),
    ],
)
def test_problems_have_line_key_and_the_nearest_valid_one(text: str, expected: str) -> None:
    import re

    assert re.search(expected, _problems(text)), _problems(text)


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    told = _problems(
        SMALL.replace("seed = 7", "seed = -1").replace("treatment", "treat") + "x = 1\n"
    )
    assert "3 problems" in told
    assert told.index("line 3") < told.index("line 14") < told.index("line 21")


def test_syntax_errors_have_line_and_text() -> None:
    told = _problems('format = 1\ntitle = "open\n')
    assert "study.toml, line 2" in told
    assert 'title = "open' in told


def test_chinese_says_the_same_lines() -> None:
    with words.use_language("zh"):
        told = _problems(SMALL.replace("treatment =", "tretment ="))
    assert "第 14 行" in told
    assert "treatment" in told


def test_files_that_are_no_study(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "bytes.toml").write_bytes(b"format = 1\n\xff\xfe\x00")
    for name, code in (("absent.toml", "no_file"), (".", "no_file"), ("bytes.toml", "not_text")):
        with pytest.raises(StudyError) as caught:
            read_study(folder / name)
        assert caught.value.code == f"study.{code}"
    (folder / "bom.toml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read_study(folder / "bom.toml")[0].title == "A small study"


def _told(text: str) -> str:
    """Return what is said of a text, or "fine"."""
    try:
        parse_study(text)
    except LivelihoodsError as error:
        return error.message()
    return "fine"


@given(st.text(max_size=300))
def test_any_text_is_a_study_or_a_clear_error(text: str) -> None:
    assert "line " in _told(text) or _told(text) == "fine"


_SCALARS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["true", '"x"', "[]", "[1, 2]", "{}", "{a = 1}", "1979-05-27", '["a"]', "nan"]),
)
_NAMES = st.sampled_from(
    [
        "format",
        "title",
        "language",
        "seed",
        "data",
        "design",
        "index",
        "analysis",
        "clean",
        "output",
        "checks",
        "variables",
        "derive",
        "kind",
        "id",
        "file",
        "weights",
        "dimensions",
        "treatment",
        "outcomes",
        "controls",
        "smallest",
        "disclosure",
        "x",
    ]
)
_LINES = st.one_of(
    st.tuples(_NAMES, _SCALARS).map(" = ".join),
    _NAMES.map(lambda name: f"[{name}]"),
    _NAMES.map(lambda name: f"[[{name}]]"),
    st.tuples(_NAMES, _NAMES).map(lambda pair: f"[{pair[0]}.{pair[1]}]"),
)


@given(st.lists(_LINES, max_size=12))
def test_any_toml_is_a_study_or_a_clear_error(lines: list[str]) -> None:
    for start in ("", HEAD):
        told = _told(start + "\n".join(lines))
        assert "study.toml" in told or told == "fine"
