"""``lv.cmp``: from equations and data to a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.mixed_process.build import Built, build_system
from livelihoods.estimate.mixed_process.checks import fit_notes
from livelihoods.estimate.mixed_process.fit import VcovKind, fit_mixed_process
from livelihoods.estimate.mixed_process.identify import refuse_unidentified
from livelihoods.estimate.mixed_process.labels import parameter_names
from livelihoods.estimate.mixed_process.prepare import make_layout
from livelihoods.estimate.mixed_process.restrict import parse_constraints
from livelihoods.estimate.mixed_process.result import CmpResult
from livelihoods.estimate.vcov import FEW_CLUSTERS
from livelihoods.notes import Note, Where, gather
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.equations import Equation

_PLAIN = ("oim", "opg", "robust")


@dataclass(frozen=True, slots=True)
class CmpVcov:
    """A checked choice of covariance."""

    kind: VcovKind
    cluster: str | None = None

    @property
    def label(self) -> str:
        """Stable name: ``"oim"``, ``"cluster(village)"``."""
        return f"cluster({self.cluster})" if self.cluster else self.kind

    def words(self) -> str:
        """The choice in words of the current language."""
        values = {"variable": self.cluster or ""}
        return words.text(f"estimate.cmp.vcov_{self.kind}", **values)


def cmp(
    *equations: Equation,
    data: Any,
    vcov: str | Mapping[str, str] = "oim",
    weights: str | Mapping[str, str] | None = None,
    constraints: Sequence[str] = (),
    conf_level: float = 0.95,
    iterations: int = 100,
) -> CmpResult:
    """Estimate equations of different kinds with jointly normal errors by maximum likelihood.

    y*_j = x_jβ_j + Σ_k γ_jk y*_k + ε_j, ε ~ N(0, Σ); of y*_j each kind of equation shows itself,
    its sign, a category, or bounds (Roodman 2011, Stata Journal 11(2)). An observed outcome may
    stand on the right of another equation when the system is recursive; ``lat(name)`` puts the
    latent variable there and may be simultaneous.

    Parameters
    ----------
    *equations
        Made by ``linear probit oprobit tobit interval truncated fractional``. The first one is
        the main one.
    data
        A Survey, or any frame.
    vcov
        ``"oim"``, ``"opg"``, ``"robust"`` or ``{"cluster": column}``.
    weights
        A column of probability weights (then ``vcov`` is at least robust), or
        ``{"frequency": column}``.
    constraints
        Linear restrictions: ``"wage:age = 0"``, ``"a:x - b:x = 0"``, ``"/:atanhrho_12 = 0"``.
    conf_level
        Level of the intervals.
    iterations
        Most steps of the search.

    Returns
    -------
    CmpResult
        ``tidy()`` has ``equation`` and ``term``; ln σ and atanh ρ stand under equation ``"/"``.

    Raises
    ------
    SpecError, FormulaError
        If an equation cannot be read, or the equations contradict each other.
    DataError
        If an outcome does not fit its kind.
    EstimationError
        If the estimate does not exist: separation, an equation identified by nothing, fewer
        clusters than parameters, three censored equations in one row.
    """
    co.check_level(conf_level)
    chosen = parse_cmp_vcov(vcov)
    weight, kind = _weights(weights)
    survey = as_survey(data)
    _refuse_unknown(survey.frame.columns, weight, chosen.cluster)
    built = build_system(
        equations, survey, weights=weight, weight_kind=kind, cluster=chosen.cluster
    )
    if not built.at.size:
        raise DataError("estimate.cmp.empty_sample", equation=built.names[0], where="")
    chosen, notes = _raised(chosen, built)
    if not constraints:
        refuse_unidentified(built)
    layout = make_layout(built.system)
    names = parameter_names(built.system, layout)
    notes += _cluster_checks(built, chosen, layout.size - len(constraints))
    fit = fit_mixed_process(
        built.system, chosen.kind, parse_constraints(constraints, names), iterations=iterations
    )
    found = fit_notes(built, fit, names)
    return CmpResult(
        built=built,
        fit=fit,
        names=names,
        vcov=chosen,
        conf_level=conf_level,
        constraints=tuple(constraints),
        notes=gather(found, built.notes, notes),
    )


def parse_cmp_vcov(vcov: str | Mapping[str, str]) -> CmpVcov:
    """Check ``vcov`` as users write it.

    Raises
    ------
    SpecError
        If it is none of the four.
    """
    if isinstance(vcov, str) and vcov in _PLAIN:
        return CmpVcov(vcov)  # type: ignore[arg-type]
    if isinstance(vcov, Mapping) and list(vcov) == ["cluster"] and isinstance(vcov["cluster"], str):
        return CmpVcov("cluster", vcov["cluster"])
    raise SpecError("estimate.cmp.unknown_vcov", given=repr(vcov), known=[*_PLAIN])


def _weights(weights: str | Mapping[str, str] | None) -> tuple[str | None, str | None]:
    if weights is None:
        return None, None
    if isinstance(weights, str):
        return weights, "probability"
    if len(weights) == 1 and next(iter(weights)) in ("frequency", "probability"):
        kind = next(iter(weights))
        return weights[kind], kind
    raise SpecError("estimate.cmp.unknown_weights", given=repr(weights))


def _refuse_unknown(columns: Sequence[str], *wanted: str | None) -> None:
    from livelihoods.design.language import nearest

    for name in wanted:
        if name is not None and name not in columns:
            near = nearest(name, list(columns)) or list(columns)
            raise SpecError("estimate.cmp.unknown_column", column=name, nearest=near)


def _raised(chosen: CmpVcov, built: Built) -> tuple[CmpVcov, tuple[Note, ...]]:
    """Quasi-likelihoods have no information equality: their errors are at least robust."""
    if chosen.kind in ("robust", "cluster"):
        return chosen, ()
    if built.system.weight_kind == "probability":
        note = Note("estimate.cmp.robust_for_weights", "info", {"asked": chosen.kind})
        return CmpVcov("robust"), (note,)
    shares = [e.name for e in built.system.equations if e.share is not None]
    if shares:
        said = {"asked": chosen.kind, "equations": shares}
        return CmpVcov("robust"), (Note("estimate.cmp.robust_for_shares", "info", said),)
    return chosen, ()


def _cluster_checks(built: Built, chosen: CmpVcov, free: int) -> tuple[Note, ...]:
    codes = built.system.clusters
    if codes is None:
        return ()
    count = int(codes.max()) + 1
    if count < 2:
        raise EstimationError("estimate.one_cluster", variable=chosen.cluster)
    if count < free:
        raise EstimationError(
            "estimate.cmp.few_clusters", variable=chosen.cluster, clusters=count, parameters=free
        )
    if count < FEW_CLUSTERS:
        said = {"variable": chosen.cluster, "n": count, "least": FEW_CLUSTERS}
        where = Where((chosen.cluster or "",))
        return (Note("estimate.few_clusters", "warning", said, where),)
    return ()
