"""``livelihoods run study.toml --out DIR``: run a study, write report, tables and record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.study import Study


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="run", help=words.text("cli.run"))
    def run(
        study: Annotated[Path, Parameter(help=words.text("cli.study_file"))],
        *,
        out: Annotated[Path, Parameter(help=words.text("cli.out"))] = Path("results"),
        workers: Annotated[int | None, Parameter(help=words.text("cli.workers"))] = None,
        executor: Annotated[str | None, Parameter(help=words.text("cli.executor"))] = None,
    ) -> None:
        from livelihoods.cli.language import study_in_language
        from livelihoods.study import Study

        run_and_tell(study_in_language(Study.from_toml(study)), out, workers, executor)


def run_and_tell(study: Study, out: Path, workers: int | None, executor: str | None = None) -> None:
    """Run a study with a progress display, then say where the report is and what to look at."""
    from livelihoods.cli import say
    from livelihoods.cli.progress import progress_bar

    with progress_bar() as report:
        done = study.run(out, workers=workers, executor=executor, progress=report)
    loud = [note for note in done.all_notes if note.severity in ("warning", "serious")]
    say(words.text("cli.done", report=str(out / "report.html"), n=len(done.files)))
    if loud:
        say(words.text("cli.look", n=len(loud)))
        for note in loud[:8]:
            say(f"- {note.sentence()}")
