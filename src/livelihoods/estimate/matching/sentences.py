"""What a matching did, in sentences of the current language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.estimate.matching.core import scale
from livelihoods.estimate.matching.spec import (
    WEIGHTING,
    KernelSpec,
    LocalLinearSpec,
    MahalanobisSpec,
    MethodSpec,
    NearestSpec,
    RadiusSpec,
    Trim,
)

if TYPE_CHECKING:
    from livelihoods.estimate.matching.result import MatchingResult


def say(key: str, **values: Any) -> str:
    """Return one of this room's wordings in the current language."""
    return words.text(f"estimate.matching.{key}", **values)


def method_name(result: MatchingResult) -> str:
    """Return the method with its main option: ``"Kernel (Epanechnikov, 0.06)"``."""
    m = result.spec.method
    if isinstance(m, NearestSpec):
        key = "name_nearest_caliper" if m.caliper else "name_nearest"
        return say(key, neighbors=m.neighbors, caliper=_caliper(result))
    if isinstance(m, RadiusSpec):
        return say("name_radius", caliper=_caliper(result))
    if isinstance(m, MahalanobisSpec):
        key = "name_mahalanobis_caliper" if m.caliper else "name_mahalanobis"
        return say(key, neighbors=m.neighbors, caliper=_caliper(result))
    if isinstance(m, LocalLinearSpec) and m.local_linear == "psmatch2":
        return say("name_psmatch2_llr", bandwidth=m.bandwidth)
    if isinstance(m, WEIGHTING):
        return say(f"name_{m.method}", **_weighting(m))
    key = "name_kernel" if isinstance(m, KernelSpec) else "name_local_linear"
    return say(key, kernel=say(f"kernel_{m.kernel}"), bandwidth=m.bandwidth)


def _weighting(m: MethodSpec) -> dict[str, Any]:
    return {key: getattr(m, key) for key in ("moments", "folds") if hasattr(m, key)}


def _caliper(result: MatchingResult) -> str:
    m = result.spec.method
    value = getattr(m, "caliper", None)
    if value is None or isinstance(m, WEIGHTING):
        return ""
    if m.caliper_unit == "score":  # type: ignore[union-attr]
        return f"{value:g}"
    return say("in_deviations", caliper=value, width=scale(result.ready.sample, m)[1])


def paragraph(result: MatchingResult) -> str:
    """Return the whole account: method, score, support, numbers, estimand, standard error."""
    join = "" if words.language() == "zh" else " "
    parts = [
        say(f"target_{result.spec.estimand}", treatment=result.treatment),
        _how(result),
        _score(result),
        _support(result),
        _numbers(result),
        error_sentence(result),
    ]
    return join.join(part for part in parts if part)


def _how(result: MatchingResult) -> str:
    m, estimand = result.spec.method, result.spec.estimand
    if isinstance(m, WEIGHTING):
        return say(f"how_{m.method}", **_weighting(m))
    values: dict[str, Any] = {
        "focal": say(f"focal_{estimand}"),
        "donors": say(f"donors_{estimand}"),
        "distance": say("on_logit" if getattr(m, "caliper_unit", "") == "sd_logit" else "on_score"),
        "within": say("within", caliper=_caliper(result)) if getattr(m, "caliper", None) else "",
    }
    if isinstance(m, NearestSpec):
        values |= {"near": _near(m.neighbors), "ties": say(f"ties_{m.ties}")}
        if m.replace:
            return say("how_nearest", **values)
        return say("how_nearest_once", **{**values, "order": say(f"order_{m.order}")})
    if isinstance(m, MahalanobisSpec):
        near = say("within_score", caliper=_caliper(result)) if m.caliper else ""
        return say("how_mahalanobis", **{**values, "near": _near(m.neighbors), "within": near})
    if isinstance(m, RadiusSpec):
        return say("how_radius", **values)
    values |= {"kernel": say(f"kernel_{m.kernel}"), "bandwidth": m.bandwidth}
    if isinstance(m, KernelSpec):
        return say("how_kernel", **values)
    if m.local_linear == "psmatch2":
        return say("how_psmatch2_llr", half=5.0**0.5 * m.bandwidth, **values)
    return say("how_local_linear", **values)


def _near(neighbors: int) -> str:
    return say("near_one") if neighbors == 1 else say("near_many", neighbors=neighbors)


def _score(result: MatchingResult) -> str:
    found = result.propensity
    exact = say("exactly", columns=list(result.spec.exact)) if result.spec.exact else ""
    if found.link == "given":
        said = say("score_given", variable=result.spec.score)
    else:
        link = say(f"link_{found.link}")
        said = say("score_estimated", link=link, n=len(result.ready.names), r2=found.pseudo_r2)
    return said + ((" " if words.language() == "en" else "") + exact if exact else "")


def _support(result: MatchingResult) -> str:
    rule = result.spec.support
    if isinstance(rule, Trim):
        return say("support_trim", share=100.0 * rule.trim)
    return say(f"support_{rule}")


def _numbers(result: MatchingResult) -> str:
    row = result.glance().row(0, named=True)
    keys = ("rows", "treated", "controls", "treated_used", "controls_used", "off_support")
    return say(
        "numbers",
        **{key: row[key] for key in keys},
        unmatched=row["unmatched"],
        effective=row["effective_treated" if result.spec.estimand == "ATU" else
                      "effective_controls"],
    )  # fmt: skip


def error_sentence(result: MatchingResult) -> str:
    """Name the standard error and say why it is this one."""
    found = result.errors
    facts = dict(found.facts)
    if "variance" in facts:
        facts["variance"] = say(f"variance_{facts['variance']}")
    if found.kind == "bootstrap":
        facts["unit"] = (
            say("unit_cluster", cluster=facts["cluster"]) if facts["cluster"] else say("unit_row")
        )
    return say(f"se_{found.kind}", **facts)
