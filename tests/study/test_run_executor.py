"""Where a study computes changes no byte of it, nor enters its record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import livelihoods as lv
from livelihoods.cli import answer
from livelihoods.errors import ExecutorError, LivelihoodsError, SpecError
from study.studies import QUICK, SMALL, farms, write

DRAWN = """
[[analysis]]
id = "weights"
kind = "index_diagnostics"
index = "living"
replicates = 40
[[analysis]]
id = "matched"
kind = "matching"
methods = [{ method = "kernel" }]
se = { bootstrap = 60, cluster = "village" }
"""


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _study(folder: Path, more: str = "") -> Path:
    text = SMALL.replace('weights = "equal"', 'weights = "entropy"') + DRAWN + QUICK + more
    return write(folder, text, frame=farms(400))


def test_worker_processes_give_the_bytes_of_one_thread(tmp_path: Path) -> None:
    path = _study(tmp_path)
    told: list[str] = []
    study = lv.Study.from_toml(path)
    study.run(tmp_path / "one", workers=1)
    study.run(
        tmp_path / "two",
        executor="dask-local:2",
        progress=lambda done, total, what: told.append(what),
    )
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")
    assert any(what.endswith("/2)") or "(1/" in what for what in told)


def test_the_study_file_names_an_executor(tmp_path: Path) -> None:
    plain = lv.Study.from_toml(_study(tmp_path))
    named = lv.Study.from_toml(_study(tmp_path, '[run]\nexecutor = "threads:2"\n'))
    assert named.spec.run.executor == "threads:2"
    assert named.spec.said() == plain.spec.said()
    one, two = plain.run(tmp_path / "one", workers=1), named.run(tmp_path / "two")
    # The hash of the file's text is the only trace: that text says [run].
    assert {k: v for k, v in one.record.items() if k not in ("study", "files")} == {
        k: v for k, v in two.record.items() if k not in ("study", "files")
    }


def test_an_unknown_executor_in_the_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LivelihoodsError, match="thread:2"):
        lv.Study.from_toml(_study(tmp_path, '[run]\nexecutor = "thread:2"\n'))


def test_a_scheduler_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    study = lv.Study.from_toml(_study(tmp_path))
    with pytest.raises(ExecutorError) as caught:
        study.run(tmp_path / "out", executor="dask://127.0.0.1:9")
    assert caught.value.code == "engine.unreachable"
    assert not (tmp_path / "out").exists()
    with pytest.raises(SpecError) as both:
        study.run(tmp_path / "out", executor="threads:1", workers=1)
    assert both.value.code == "engine.workers_and_executor"


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = _study(tmp_path), tmp_path / "out"
    command = ["run", str(path), "--out", str(out)]
    assert answer([*command, "--executor", "threads:x"]) == 2
    assert "threads:x" in capsys.readouterr().err
    assert answer([*command, "--executor", "threads:2"]) == 0
    assert (out / "report.html").is_file()


def test_python_functions_take_a_text() -> None:
    frame = farms(300)
    spec = lv.IndexSpec(dimensions={"goods": {"income": "+", "rooms": "+"}})
    one = lv.index_diagnostics(frame, spec, replicates=30, executor="threads:1")
    two = lv.index_diagnostics(frame, spec, replicates=30)
    assert one.indicators.equals(two.indicators)
    options = {"method": "kernel", "se": {"bootstrap": 30}, "outcomes": "income"}
    first = lv.match("member ~ age", frame, executor="threads:1", **options)
    second = lv.match("member ~ age", frame, **options)
    np.testing.assert_array_equal(first.tidy()["std_error"], second.tidy()["std_error"])
