"""Outputs appear whole or not at all, and nobody else's folder is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from livelihoods.errors import OutputError
from livelihoods.study.folder import MARKER, check_free, write_folder


def test_a_new_folder_and_its_replacement(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "results"
    write_folder(out, {"a.txt": b"1", "tables/b.csv": b"2"})
    assert (out / "tables" / "b.csv").read_bytes() == b"2"
    write_folder(out, {"c.txt": b"3"})
    assert sorted(p.name for p in out.iterdir()) == [MARKER, "c.txt"]
    assert [p.name for p in out.parent.iterdir()] == ["results"]


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.txt": b"1"})
    assert (tmp_path / "a.txt").exists()


@pytest.mark.parametrize("name", ["results", "results.partial", "results.former"])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(OutputError) as caught:
        write_folder(tmp_path / "results", {"a.txt": b"1"})
    assert caught.value.code == "study.out_not_ours"
    assert (tmp_path / name / "thesis.docx").read_bytes() == b"years of work"


def test_a_file_or_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(OutputError):
            check_free(tmp_path / name)


def test_failure_while_writing_leaves_the_old_run(tmp_path: Path) -> None:
    out = tmp_path / "results"
    write_folder(out, {"a.txt": b"1"})
    with pytest.raises(OutputError):
        write_folder(out, {"ok.txt": b"2", "ok.txt/child": b"3"})
    assert (out / "a.txt").read_bytes() == b"1"
    assert [p.name for p in tmp_path.iterdir()] == ["results"]
