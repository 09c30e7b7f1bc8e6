"""Indicators of the five revitalisations as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livelihoods import words
from livelihoods.errors import SpecError


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Indicator(_Frozen):
    """One indicator.

    Attributes
    ----------
    panel
        The panel it stands in.
    label, unit
        Wording by language.
    direction
        ``"+"`` more is better, ``"-"`` less.
    combine
        How several entries of one unit combine, and how units combine: ``"sum"``; ``"mean"`` for
        shares and ratios; ``"last"`` for stocks (the latest entry, summed over units).
    share
        Whether values lie between 0 and 1.
    """

    panel: str
    label: dict[str, str] = Field(min_length=1)
    unit: dict[str, str] = Field(min_length=1)
    direction: Literal["+", "-"]
    combine: Literal["sum", "mean", "last"]
    share: bool = False

    def said(self, language: str | None = None) -> str:
        """Return the label in a language."""
        return self.label.get(language or words.language()) or next(iter(self.label.values()))

    def measured(self, language: str | None = None) -> str:
        """Return the unit in a language."""
        return self.unit.get(language or words.language()) or next(iter(self.unit.values()))


class IndicatorSet(_Frozen):
    """Indicators by panel.

    Attributes
    ----------
    id, name, source
        Which set, and where it comes from.
    panels
        Panel -> heading by language, in the order printed.
    indicator
        Name -> indicator, in the order printed.
    """

    format: Literal[1]
    id: str
    name: dict[str, str]
    source: str = Field(min_length=1)
    panels: dict[str, dict[str, str]] = Field(min_length=1)
    indicator: dict[str, Indicator] = Field(min_length=1)

    def panel(self, name: str, language: str | None = None) -> str:
        """Return the heading of a panel in a language."""
        said = self.panels[name]
        return said.get(language or words.language()) or next(iter(said.values()))


def indicator_set(source: str | Path = "guangxi-2022") -> IndicatorSet:
    """Return a set of indicators: the packaged one by id, or a local file.

    Raises
    ------
    SpecError
        An unknown id, or a file that is no set of indicators.
    """
    if isinstance(source, str) and source in _packaged():
        return _packaged()[source]
    path = Path(source)
    if not path.is_file():
        raise SpecError("revitalisation.unknown_set", set=str(source), known=list(_packaged()))
    return _read(path.read_text(encoding="utf-8"), path.name)


@cache
def _packaged() -> dict[str, IndicatorSet]:
    folder = files("livelihoods.cooperatives") / "rules" / "revitalisation"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [_read((folder / name).read_text("utf-8"), name) for name in names]
    return {each.id: each for each in found}


def _read(text: str, where: str) -> IndicatorSet:
    key, problem = "TOML", ""
    try:
        found = IndicatorSet.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        problem = str(fault)
    except ValidationError as fault:
        first = fault.errors()[0]
        key, problem = ".".join(str(part) for part in first["loc"]), first["msg"]
    else:
        strange = [name for name, each in found.indicator.items() if each.panel not in found.panels]
        if not strange:
            return found
        key, problem = f"indicator.{strange[0]}.panel", "no such panel"
    raise SpecError("revitalisation.bad_set", file=where, key=key, problem=problem)
