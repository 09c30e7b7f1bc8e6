"""The functions of the language: how many arguments, which options, where they may stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["formula", "derive"]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes.

    Attributes
    ----------
    least, most
        Number of positional arguments.
    options
        Names of the options it knows.
    modes
        Where it may stand.
    usage
        One example, shown in errors.
    """

    least: int
    most: int
    usage: str
    options: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ("formula", "derive")


_MANY = 1_000
_DERIVE: tuple[Mode, ...] = ("derive",)
_FORMULA: tuple[Mode, ...] = ("formula",)

FUNCTIONS: dict[str, Signature] = {
    "log": Signature(1, 1, "log(x)"),
    "log1p": Signature(1, 1, "log1p(x)"),
    "exp": Signature(1, 1, "exp(x)"),
    "sqrt": Signature(1, 1, "sqrt(x)"),
    "abs": Signature(1, 1, "abs(x)"),
    "lag": Signature(1, 2, "lag(x) or lag(x, 2)"),
    "peer_share": Signature(0, 1, "peer_share(of=x, within=[village, year])", ("of", "within")),
    "C": Signature(1, 1, 'C(x) or C(x, ref="b")', ("ref",), _FORMULA),
    "poly": Signature(2, 2, "poly(x, 2) or poly(x, 2, raw=false)", ("raw",), _FORMULA),
    "lat": Signature(1, 1, "lat(name)", (), _FORMULA),
    "any_of": Signature(1, _MANY, "any_of(a, b, c)", (), _DERIVE),
    "all_of": Signature(1, _MANY, "all_of(a, b, c)", (), _DERIVE),
    "n_of": Signature(1, _MANY, "n_of(a, b, c)", (), _DERIVE),
    "sum_of": Signature(1, _MANY, "sum_of(a, b, min_valid=1)", ("min_valid",), _DERIVE),
    "mean_of": Signature(1, _MANY, "mean_of(a, b, min_valid=1)", ("min_valid",), _DERIVE),
    "recode": Signature(2, _MANY, "recode(x, 1 -> 0, [2, 3] -> 1, else -> null)", (), _DERIVE),
    "cut": Signature(2, 2, "cut(x, [18, 40, 60])", ("labels", "right"), _DERIVE),
    "if_else": Signature(3, 3, "if_else(x > 0, a, b)", (), _DERIVE),
    "is_missing": Signature(1, 1, "is_missing(x)", (), _DERIVE),
    "exists_in": Signature(2, 2, "exists_in(village, x == 1)", (), _DERIVE),
}


def known(mode: Mode) -> list[str]:
    """Return the functions that may stand in a formula or a derived variable."""
    return [name for name, signature in FUNCTIONS.items() if mode in signature.modes]
