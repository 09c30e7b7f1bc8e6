"""``livelihoods demo``: the packaged study on real data, from file to report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="demo", help=words.text("cli.demo"))
    def demo(
        *,
        out: Annotated[Path, Parameter(help=words.text("cli.out"))] = Path("livelihoods-demo"),
        workers: Annotated[int | None, Parameter(help=words.text("cli.workers"))] = None,
    ) -> None:
        from livelihoods.cli.language import study_in_language
        from livelihoods.cli.run import run_and_tell
        from livelihoods.study.demo import demo_study

        run_and_tell(study_in_language(demo_study(words.language())), out, workers)
