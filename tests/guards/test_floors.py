"""Imports run downward only; rooms of one floor do not import each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from guards.house import SOURCE, floor_of, modules, room_of


def _guarded(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(tree):
        if _guarded(child):
            continue
        if isinstance(child, ast.Import):
            yield from ((child.lineno, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.level == 0 and child.module:
            if child.module == "livelihoods":
                yield from ((child.lineno, f"livelihoods.{alias.name}") for alias in child.names)
            else:
                yield child.lineno, child.module
        yield from _imports(child)


def _rooms_imported(path: Path) -> Iterator[tuple[int, str]]:
    for line, module in _imports(ast.parse(path.read_text(encoding="utf-8"))):
        parts = module.split(".")
        if parts[0] == "livelihoods" and len(parts) > 1 and not parts[1].startswith("__"):
            yield line, parts[1]


@pytest.mark.parametrize(
    "path",
    [p for p in modules() if p.parent != SOURCE or room_of(p) in ("errors", "notes")],
    ids=str,
)
def test_imports_run_downward(path: Path) -> None:
    room = room_of(path)
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {other}"
        for line, other in _rooms_imported(path)
        if other != room
        and (floor_of(other) > floor_of(room) or (floor_of(other) == floor_of(room) != 0))
    ]
    assert not wrong, wrong


def test_no_relative_imports() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong, wrong
