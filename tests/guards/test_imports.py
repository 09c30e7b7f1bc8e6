"""Import nothing until needed; the library prints nothing.

The time budgets are measured in benchmarks/; here stands what causes them: which packages load.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest

from guards.house import SOURCE, modules, room_of

HEAVY = {
    "numpy",
    "scipy",
    "polars",
    "narwhals",
    "pydantic",
    "altair",
    "vl_convert",
    "docx",
    "jinja2",
}
NEVER_ON_START = {"scipy.stats", "pandas", "matplotlib", "statsmodels"}


def _loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE.parent)},
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_is_light() -> None:
    assert not HEAVY & _loaded_after("import livelihoods")


def test_scipy_stats_is_never_imported_at_module_level() -> None:
    wrong = []
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong += [f"{path}: {name}" for name in names if name in NEVER_ON_START]
    assert not wrong


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_prints_nothing(path: object) -> None:
    assert isinstance(path, type(SOURCE))
    if room_of(path) == "cli":
        return
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not calls


def test_network_is_closed() -> None:
    import socket

    from pytest_socket import SocketConnectBlockedError

    with pytest.raises(SocketConnectBlockedError):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(("192.0.2.1", 80))
