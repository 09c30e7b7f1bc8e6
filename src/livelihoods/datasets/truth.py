"""Which synthetic data sets know their true effects, and how to ask them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from livelihoods.datasets.jiangsu import jiangsu_truth

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats


class Truth(Protocol):
    """What a generator of synthetic data knows of every row."""

    @property
    def treated(self) -> Floats:
        """Whether each row is treated, shape ``(n,)``."""

    def change(self, column: str, through: str | None = None) -> Floats | None:
        """What treatment changes in a column, row by row, or through one mediator; or None."""


_KNOWN: dict[str, Callable[[int], Truth]] = {"jiangsu_like": jiangsu_truth}


def truth_of(survey: Survey) -> Truth | None:
    """Return the truth behind a synthetic survey, or None if nobody knows it.

    The survey carries the name of its generator and its seed in a note; a survey of another size
    than the generator's default is not recognised.

    Notes
    -----
    ``shanxi_like`` has effects on latent scores, which no column is measured in: it has no truth
    here.
    """
    for note in survey.notes:
        maker = _KNOWN.get(str(note.values.get("name", "")))
        if note.code == "datasets.synthetic" and maker is not None:
            truth = maker(int(note.values["seed"]))
            if survey.rows.size and int(survey.rows.max()) < truth.treated.size:
                return truth
    return None
