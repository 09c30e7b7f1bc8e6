"""``livelihoods check study.toml``: say what would run on how many rows, and run nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="check", help=words.text("cli.check"))
    def check(study: Annotated[Path, Parameter(help=words.text("cli.study_file"))]) -> None:
        from livelihoods.cli import say
        from livelihoods.cli.language import study_in_language
        from livelihoods.study import Study
        from livelihoods.tables.to_text import to_text

        plan = study_in_language(Study.from_toml(study)).check()
        say(to_text(plan.summary()).rstrip())
        for note in plan.notes:
            if note.severity != "info":
                say(f"- {note.sentence()}")
