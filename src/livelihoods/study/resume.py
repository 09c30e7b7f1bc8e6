"""Interrupted runs go on where they stopped.

What each finished analysis found is kept in the user's cache folder, never in the results folder,
under a name made from everything that could change it: the study, the data, the program's own
files and the versions of its packages. A run that ends well deletes what it kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pickle
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livelihoods.study.analysis import Outcome
from livelihoods.study.plain import plain
from livelihoods.study.record import versions

if TYPE_CHECKING:
    from livelihoods.study.analysis import AnalysisSpec
    from livelihoods.study.study import Study

_LOG = logging.getLogger("livelihoods")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the finished analyses of one run are kept; None keeps nothing.

    Attributes
    ----------
    folder
        Folder of this study on these data, or None.
    """

    folder: Path | None

    def find(self, spec: AnalysisSpec) -> Outcome | None:
        """Return what an earlier, interrupted run found, or None."""
        if self.folder is None:
            return None
        try:
            content = self._file(spec).read_bytes()
            found = pickle.loads(content)
        except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError):
            return None
        return found if isinstance(found, Outcome) else None

    def keep(self, spec: AnalysisSpec, outcome: Outcome) -> None:
        """Keep what an analysis found; a full disk or a value that cannot travel keeps nothing."""
        if self.folder is None:
            return
        try:
            content = pickle.dumps(outcome)
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._file(spec).with_suffix(".partial")
            partial.write_bytes(content)
            partial.rename(self._file(spec))
        except (OSError, pickle.PicklingError, TypeError, AttributeError) as error:
            _LOG.info("not kept for resuming: %s (%s)", spec.id, error)

    def forget(self) -> None:
        """Delete everything kept for this run."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, spec: AnalysisSpec) -> Path:
        assert self.folder is not None
        name = hashlib.sha256(spec.id.encode()).hexdigest()[:16]
        return self.folder / f"{name}.pickle"


def kept_for(study: Study, digest: str, *, resume: bool = True) -> Kept:
    """Return the place for a study on data with this SHA-256."""
    if not resume:
        return Kept(None)
    spec = json.dumps(plain(study.spec.said()), sort_keys=True, ensure_ascii=False)
    parts = (spec, digest, json.dumps(versions()), program_digest(), sys.version)
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return Kept(cache_folder() / "runs" / key)


def cache_folder() -> Path:
    """Return this program's folder among the user's caches."""
    if named := os.environ.get("LIVELIHOODS_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "livelihoods"


def program_digest() -> str:
    """Return a hash that changes whenever a file of the program does."""
    root = Path(__file__).resolve().parents[1]
    told = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml") and path.is_file():
            stat = path.stat()
            told.update(f"{path.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return told.hexdigest()
