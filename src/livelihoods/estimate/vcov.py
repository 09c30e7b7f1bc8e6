"""Which covariance was asked for: checked once, named everywhere the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from livelihoods import words
from livelihoods.errors import EstimationError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics import covariance as cov

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.typing import Floats, Ints

VcovKind = Literal["classical", "HC0", "HC1", "HC2", "HC3", "cluster"]
Vcov: TypeAlias = str | Mapping[str, Any]
FEW_CLUSTERS = 30


@dataclass(frozen=True, slots=True)
class VcovSpec:
    """A checked choice of covariance: the kind and, for clusters, one or two variables."""

    kind: VcovKind
    clusters: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Stable name: ``"HC1"``, ``"cluster(village)"``, ``"cluster(village, year)"``."""
        return f"cluster({', '.join(self.clusters)})" if self.clusters else self.kind

    def words(self) -> str:
        """The choice in words of the current language."""
        return words.text(f"estimate.vcov.{self.kind}", variables=list(self.clusters))


def parse_vcov(vcov: Vcov) -> VcovSpec:
    """Check ``vcov`` as users write it.

    Raises
    ------
    SpecError
        If it is neither a known name nor ``{"cluster": a}`` or ``{"cluster": (a, b)}``.
    """
    known = [name for name in get_args(VcovKind) if name != "cluster"]
    if isinstance(vcov, str):
        if vcov not in known:
            raise SpecError("estimate.unknown_vcov", given=vcov, known=known)
        return VcovSpec(vcov)  # type: ignore[arg-type]
    if not isinstance(vcov, Mapping) or list(vcov) != ["cluster"]:
        raise SpecError("estimate.unknown_vcov", given=repr(vcov), known=known)
    named = vcov["cluster"]
    chosen = (named,) if isinstance(named, str) else tuple(named)
    if not 1 <= len(chosen) <= 2 or len({*chosen}) != len(chosen):
        raise SpecError("estimate.cluster_ways", given=[str(name) for name in chosen])
    return VcovSpec("cluster", chosen)


def cluster_codes(design: Design, spec: VcovSpec) -> tuple[Ints, ...]:
    """Return the codes of each cluster variable.

    Raises
    ------
    EstimationError
        If a variable has fewer than two clusters in the sample.
    """
    codes = tuple(design.clusters[name] for name in spec.clusters)
    for name, code in zip(spec.clusters, codes, strict=True):
        if int(code.max(initial=0)) < 1:
            raise EstimationError("estimate.one_cluster", variable=name)
    return codes


def linear_covariance(
    design: Design, X: Floats, residuals: Floats, bread: Floats, spec: VcovSpec
) -> cov.Covariance:
    """Return the covariance of least squares that ``spec`` asks for."""
    n, k = X.shape
    if spec.kind == "cluster":
        codes = cluster_codes(design, spec)
        return cov.clustered(X, residuals, bread, design.weights, codes)
    if spec.kind == "classical":
        return cov.classical(bread, residuals, design.weights, float(n - k))
    return cov.heteroskedastic(X, residuals, bread, design.weights, spec.kind)


def covariance_notes(design: Design, spec: VcovSpec, found: cov.Covariance) -> tuple[Note, ...]:
    """Say what a reader must know about the standard errors."""
    notes = cluster_notes(design, spec)
    if found.repaired:
        notes += (Note("estimate.two_way_repaired", "caution", where=Where(spec.clusters)),)
    if found.leverage_one:
        rows = tuple(int(design.rows[i]) for i in found.leverage_one)
        values = {"kind": spec.kind, "n": len(rows), "rows": list(rows)}
        notes += (Note("estimate.leverage_one", "warning", values, Where((), rows)),)
    return notes


def cluster_notes(design: Design, spec: VcovSpec) -> tuple[Note, ...]:
    """Warn of few clusters and of clusters with one member."""
    import numpy as np

    notes: tuple[Note, ...] = ()
    for name in spec.clusters:
        notes += cluster_size_notes(name, np.bincount(design.clusters[name]))
    return notes


def cluster_size_notes(name: str, sizes: Ints) -> tuple[Note, ...]:
    """Warn of few clusters and of clusters with one member; ``sizes`` has shape ``(G,)``."""
    notes: tuple[Note, ...] = ()
    if sizes.size < FEW_CLUSTERS:
        values = {"variable": name, "n": int(sizes.size), "least": FEW_CLUSTERS}
        notes += (Note("estimate.few_clusters", "warning", values, Where((name,))),)
    single = int((sizes == 1).sum())
    if single:
        values = {"variable": name, "n": single, "all": int(sizes.size)}
        notes += (Note("estimate.single_member_clusters", "info", values, Where((name,))),)
    return notes
