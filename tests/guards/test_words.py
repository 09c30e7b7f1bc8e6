"""Both languages say the same things, and every code raised or noted has its sentence."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from guards.house import SOURCE, modules
from livelihoods import words


def _placeholders(template: str) -> set[str]:
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    return {name.split(".")[0].split("[")[0] for name in names}


def test_same_keys() -> None:
    english, chinese = set(words.flat("en")), set(words.flat("zh"))
    assert english - chinese == set()
    assert chinese - english == set()


def test_a_room_read_alone_is_the_room_read_with_all() -> None:
    for language in words.LANGUAGES:
        whole = words.flat(language)
        rooms = {key.partition(".")[0] for key in whole}
        alone = {key: value for room in rooms for key, value in words._room(language, room).items()}
        assert alone == whole


def test_same_placeholders() -> None:
    english, chinese = words.flat("en"), words.flat("zh")
    different = {
        key: (_placeholders(english[key]), _placeholders(chinese[key]))
        for key in english
        if _placeholders(english[key]) != _placeholders(chinese[key])
    }
    assert not different


def test_chinese_is_chinese() -> None:
    chinese = words.flat("zh")
    bare = [
        key
        for key, value in chinese.items()
        if (".errors." in key or ".notes." in key)
        and not any("\u4e00" <= letter <= "\u9fff" for letter in value)
    ]
    assert not bare


def _coded_calls(path: Path) -> list[tuple[int, str, str, set[str] | None]]:
    """Calls like ``SomeError("room.name", …)`` and ``Note("room.name", …)`` in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        kind = "notes" if name == "Note" else "errors" if name.endswith("Error") else None
        if kind is None or not node.args:
            continue
        code = node.args[0]
        if isinstance(code, ast.Constant) and isinstance(code.value, str) and "." in code.value:
            if kind == "errors" and any(keyword.arg is None for keyword in node.keywords):
                given = None
            else:
                given = {keyword.arg for keyword in node.keywords if keyword.arg}
            found.append((node.lineno, kind, code.value, given))
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_codes_have_sentences(path: Path) -> None:
    if path == SOURCE / "errors.py":
        return
    english = words.flat("en")
    for line, kind, code, given in _coded_calls(path):
        room, _, name = code.partition(".")
        if kind == "notes":
            assert f"{room}.notes.{name}" in english, f"{path}:{line}: no words for note {code}"
            continue
        what = f"{room}.errors.{name}.what"
        if what not in english and name.count(" "):
            continue
        assert what in english, f"{path}:{line}: no words for error {code}"
        needed = set().union(
            *(
                _placeholders(english.get(f"{room}.errors.{name}.{part}", ""))
                for part in ("what", "why", "fix")
            )
        )
        assert given is None or needed <= given, f"{path}:{line}: {code} lacks {needed - given}"


def test_formatter_specs() -> None:
    # Written by hand from the docstring of livelihoods.words.
    english, chinese = words._FORMATTERS["en"], words._FORMATTERS["zh"]
    assert english.vformat("{n:plural|row|rows}", (), {"n": 1}) == "1 row"
    assert english.vformat("{n:plural|row|rows}", (), {"n": 2000}) == "2,000 rows"
    assert chinese.vformat("{n:plural||行}", (), {"n": 1}) == "1行"
    assert english.vformat("{x:list}", (), {"x": ["a", "b"]}) == "a and b"
    assert english.vformat("{x:rows}", (), {"x": range(10)}) == "1, 2, 3, 4, 5, 6, 7, 8 and 2 more"
    assert chinese.vformat("{x:list}", (), {"x": ["甲", "乙", "丙"]}) == "甲、乙和丙"
