"""Outputs appear whole or not at all: written to ``DIR.partial`` and renamed.

A folder that this program did not write is never replaced: ours carry a marker file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from livelihoods.errors import OutputError

MARKER = ".livelihoods-run"
_MARK = "Written by livelihoods; replaced by the next run of the study.\n"


def check_free(out: Path) -> None:
    """Make sure that ``out`` can be written, before any work is done.

    Raises
    ------
    OutputError
        If it is a file, or a folder with something in it that is not ours, or cannot be reached.
    """
    for folder in (out, _partial(out), _former(out)):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise OutputError("study.out_is_file", out=str(folder))
        if folder.is_dir() and not (folder / MARKER).is_file() and any(folder.iterdir()):
            raise OutputError("study.out_not_ours", out=str(folder), marker=MARKER)
    nearest = out.absolute().parent
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise OutputError("study.out_unreachable", out=str(out), reason=str(nearest))


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write all files into ``out``, replacing an older run of ours.

    Parameters
    ----------
    out
        The folder; it appears (or changes) in one step at the end.
    files
        Path inside the folder, with forward slashes, -> contents.

    Raises
    ------
    OutputError
        If the folder is not ours or the disk refuses; ``out`` is then as it was before.
    """
    check_free(out)
    partial, former = _partial(out), _former(out)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
        partial.mkdir(parents=True)
        (partial / MARKER).write_text(_MARK, encoding="utf-8")
        for name, content in files.items():
            target = partial / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if out.exists():
            out.rename(former)
        partial.rename(out)
    except OSError as error:
        if former.exists() and not out.exists():
            former.rename(out)
        shutil.rmtree(partial, ignore_errors=True)
        reason = error.strerror or type(error).__name__
        raise OutputError("study.out_unreachable", out=str(out), reason=reason) from error
    shutil.rmtree(former, ignore_errors=True)


def _partial(out: Path) -> Path:
    return out.absolute().with_name(f"{out.absolute().name}.partial")


def _former(out: Path) -> Path:
    return out.absolute().with_name(f"{out.absolute().name}.former")
