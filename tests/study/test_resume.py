"""An interrupted run goes on where it stopped, and the bytes are those of a run in one piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from livelihoods.study import Study
from livelihoods.study.kinds import ols, summary
from study.studies import SMALL, write

TEXT = (
    SMALL
    + '[[analysis]]\nid = "sample"\nkind = "summary"\n'
    + '[output]\nformats = ["csv"]\nfigures = ["svg"]\n'
)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_finished_analyses_are_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("LIVELIHOODS_CACHE", str(cache))
    study = Study.from_toml(write(tmp_path, TEXT))
    study.run(tmp_path / "whole", resume=False)
    assert not cache.exists()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    from livelihoods.study.kinds import Kind, kinds

    stopping = {**kinds(), "summary": Kind("summary", summary.Spec, stop)}
    with monkeypatch.context() as patch:
        patch.setattr("livelihoods.study.run.kinds", lambda: stopping)
        with pytest.raises(KeyboardInterrupt):
            study.run(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(list(cache.rglob("*.pickle"))) == 2

    never = {**kinds(), "ols": Kind("ols", ols.Spec, stop)}
    monkeypatch.setattr("livelihoods.study.run.kinds", lambda: never)
    study.run(tmp_path / "out")
    assert _contents(tmp_path / "out") == _contents(tmp_path / "whole")
    assert not list(cache.rglob("*.pickle"))


def test_other_data_or_another_study_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livelihoods.study.resume import kept_for

    monkeypatch.setenv("LIVELIHOODS_CACHE", str(tmp_path / "cache"))
    study = Study.from_toml(write(tmp_path, TEXT))
    other = Study.from_toml(write(tmp_path, TEXT.replace("seed = 7", "seed = 8")))
    places = [kept_for(study, "a"), kept_for(study, "b"), kept_for(other, "a")]
    assert len({place.folder for place in places}) == 3


def test_a_damaged_cache_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from livelihoods.study.resume import kept_for

    monkeypatch.setenv("LIVELIHOODS_CACHE", str(tmp_path / "cache"))
    study = Study.from_toml(write(tmp_path, TEXT))
    kept = kept_for(study, "a")
    spec = study.spec.analysis[0]
    assert kept.folder is not None
    kept.folder.mkdir(parents=True)
    for content in (b"", b"not a pickle", b"\x80\x04N."):
        kept._file(spec).write_bytes(content)
        assert kept.find(spec) is None
