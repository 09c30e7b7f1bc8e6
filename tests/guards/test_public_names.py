"""Every public name resolves, stands once, and is explained."""

from __future__ import annotations

import ast

import pytest

import livelihoods as lv
from guards.house import SOURCE


def _names() -> list[str]:
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_PUBLIC":
            assert isinstance(node.value, ast.Dict)
            return [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
    raise AssertionError("no _PUBLIC in livelihoods/__init__.py")


def test_names_stand_once() -> None:
    names = _names()
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", _names())
def test_name_resolves_and_is_explained(name: str) -> None:
    assert (getattr(lv, name).__doc__ or "").strip()
