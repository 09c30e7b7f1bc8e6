"""Write a file whole or not at all."""

from __future__ import annotations

from pathlib import Path

from livelihoods.errors import OutputError


def put(path: Path, content: str | bytes) -> None:
    """Write ``content`` beside ``path`` and rename.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        if isinstance(content, bytes):
            partial.write_bytes(content)
        else:
            partial.write_text(content, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise OutputError("cli.not_written", file=str(path), reason=reason) from error
