"""``livelihoods new DATA``: write a study file to start from, made from the data's columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelihoods import words


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="new", help=words.text("cli.new"))
    def new(
        data: Annotated[Path, Parameter(help=words.text("cli.data_file"))],
        *,
        out: Annotated[Path, Parameter(help=words.text("cli.new_out"))] = Path("study.toml"),
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.errors import OutputError
        from livelihoods.study.scaffold import scaffold

        text = scaffold(data, out)
        try:
            with out.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            raise OutputError("cli.exists", file=str(out)) from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError("cli.not_written", file=str(out), reason=reason) from None
        say(words.text("cli.new_done", file=str(out)))
