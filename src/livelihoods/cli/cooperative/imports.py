"""``livelihoods cooperative import REGISTER FILE``: rows checked and posted. Leaves with 1 if any
was rejected.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Import

REJECTED = 1


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="import", help=words.text("cli.cooperative_import"))
    def import_(
        office: Annotated[
            Path, Parameter(name="register", help=words.text("cli.cooperative_register"))
        ],
        file: Annotated[Path, Parameter(help=words.text("cli.cooperative_import_file"))],
        *,
        table: Annotated[str | None, Parameter(help=words.text("cli.cooperative_table"))] = None,
        mapping: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_import_mapping"))
        ] = None,
        rejects: Annotated[
            Path | None, Parameter(help=words.text("cli.cooperative_import_rejects"))
        ] = None,
        on_reject: Annotated[
            Literal["refuse_all", "keep_good"],
            Parameter(help=words.text("cli.cooperative_on_reject")),
        ] = "refuse_all",
        author: Annotated[str, Parameter(help=words.text("cli.cooperative_author"))] = "",
    ) -> int:
        from livelihoods.cli import say
        from livelihoods.cooperatives.register import import_file, open_register

        with open_register(office) as opened:
            place = rejects or free_place(file)
            done = import_file(opened, file, table, mapping, place, author, on_reject=on_reject)
        show(done)
        if done.batch is None:
            say(words.text("cli.cooperative_import_nothing"))
        else:
            say(words.text("cli.cooperative_import_batch", posted=done.posted, batch=done.batch))
        if done.rejected:
            say(words.text("cli.cooperative_import_written", files=done.rejects))
            if done.batch is None and on_reject == "refuse_all":
                say(words.text("cli.cooperative_import_keep"))
            return REJECTED
        return 0


def free_place(file: Path) -> Path:
    """Return where rejects go: beside the source, never over a file that is there."""
    place, count = file.with_name(f"{file.stem}.rejects.csv"), 1
    while place.exists() or any(place.parent.glob(f"{place.stem}.*{place.suffix}")):
        count += 1
        place = file.with_name(f"{file.stem}.rejects-{count}.csv")
    return place


def show(done: Import) -> None:
    """Print what became of the rows, and why some were rejected."""
    from livelihoods.cli import say

    say(done.summary().to_text().rstrip())
    if done.rejected:
        say("")
        say(done.reasons_summary().to_text().rstrip())
    say("")
