"""Tell where in the study file an error that arose later belongs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from livelihoods.errors import LivelihoodsError, StudyError
from livelihoods.study.lines import key_lines, line_of
from livelihoods.study.load import Loc, dotted


@dataclass(frozen=True, slots=True)
class Places:
    """A study file's name and text, to find lines in.

    Attributes
    ----------
    file
        Name of the study file.
    text
        Its text; empty for a study built in Python.
    """

    file: str
    text: str

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Raise errors of the block again as ``study.at`` with file, line and key."""
        try:
            yield
        except LivelihoodsError as error:
            if error.code in ("study.at", "study.invalid") or not self.text:
                raise
            raise self.error(path, error) from error

    def error(self, path: Loc, cause: LivelihoodsError) -> StudyError:
        """Return the error with its place in the file."""
        line = line_of(key_lines(self.text), path) or 1
        return StudyError(
            "study.at", file=self.file, line=line, key=dotted(path), problem=cause.message()
        )
