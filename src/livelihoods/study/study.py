"""A study file as a value: read it, look at what it would do, run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livelihoods.notes import gather
from livelihoods.study.load import parse_study, read_study
from livelihoods.study.places import Places
from livelihoods.study.run import Progress, Ran, nobody, run_analyses
from livelihoods.study.spec import StudySpec

if TYPE_CHECKING:
    from livelihoods.engine import Executor
    from livelihoods.notes import Note
    from livelihoods.study.plan import Plan
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Attributes
    ----------
    folder
        Where everything was written.
    files
        Paths inside it, sorted.
    record
        What ``record.json`` holds.
    ran
        Data, tables, figures and results as values.
    """

    folder: Path
    files: tuple[str, ...]
    record: Mapping[str, Any]
    ran: Ran

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables of the analyses, in order."""
        return tuple(table for done in self.ran.done for table in done.outcome.tables)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Findings about the data; those of results stand with their tables."""
        return self.ran.notes

    @property
    def all_notes(self) -> tuple[Note, ...]:
        """Every finding of the run, each once, in the order of the report."""
        outcomes = [done.outcome for done in self.ran.done]
        printed = [table.notes for outcome in outcomes for table in outcome.tables]
        return gather(self.ran.notes, *(outcome.notes for outcome in outcomes), *printed)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {len(self.files)} files)"


@dataclass(frozen=True, slots=True)
class Study:
    """A study and the place it was read from.

    Attributes
    ----------
    spec
        What is to be done.
    folder
        Where its relative paths start.
    places
        Its file name and text, for messages and the record.
    """

    spec: StudySpec
    folder: Path
    places: Places

    @classmethod
    def from_toml(cls, path: str | Path) -> Study:
        """Read a study file.

        Raises
        ------
        StudyError
            With every problem found, its line, its key and the nearest valid one.
        """
        path = Path(path)
        spec, text = read_study(path)
        return cls(spec, path.parent, Places(path.name, text))

    @classmethod
    def from_text(cls, text: str, folder: str | Path = ".", file: str = "study.toml") -> Study:
        """Read a study from its text; relative paths start at ``folder``.

        Raises
        ------
        StudyError
            As `from_toml`.
        """
        return cls(parse_study(text, file), Path(folder), Places(file, text))

    @classmethod
    def from_spec(cls, spec: StudySpec, folder: str | Path = ".") -> Study:
        """Return the study of a spec made in Python; relative paths start at ``folder``."""
        return cls(spec, Path(folder), Places("replicate.py", ""))

    def check(self) -> Plan:
        """Prepare the data and say what would run on how many rows, without running it."""
        from livelihoods.study.plan import plan

        return plan(self)

    def run(
        self,
        out: str | Path,
        *,
        workers: int | None = None,
        executor: Executor | str | None = None,
        progress: Progress = nobody,
        resume: bool = True,
    ) -> Run:
        """Run the study and write report, tables, figures and record into ``out``.

        Parameters
        ----------
        out
            Folder; an existing one is replaced only if an earlier run wrote it.
        workers
            Threads; changes no byte of the output.
        executor
            Where to compute instead of threads: ``"dask-local:2"``, ``"dask://host:port"`` or an
            executor; changes no byte of the output.
        progress
            Called as ``progress(done, total, what)``.
        resume
            Take over the analyses that an interrupted run of the same study on the same data had
            finished. They are kept in the user's cache folder until a run ends well.

        Raises
        ------
        LivelihoodsError
            Nothing is half-written: ``out`` is then as it was before.
        """
        from livelihoods.study.folder import check_free, write_folder
        from livelihoods.study.write import written

        out = Path(out)
        check_free(out)
        ran = run_analyses(self, workers, progress, executor=executor, resume=resume)
        files, record = written(self, ran)
        write_folder(out, files)
        ran.kept.forget()
        return Run(out, tuple(sorted(files)), record, ran)
