"""What a matching is asked to do: one frozen spec a method, and an option has one home."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from livelihoods.measure.spec import IndexSpec

Estimand = Literal["ATT", "ATU", "ATE"]
Kernel = Literal["epanechnikov", "gaussian", "biweight", "uniform", "tricube"]
CaliperUnit = Literal["score", "sd_logit"]
Ties = Literal["average", "first"]
Order = Literal["largest", "smallest", "data"]

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NearestSpec(_Frozen):
    """Nearest neighbours on the score.

    ``caliper`` is strict, in units of the score or in standard deviations of its logit (then
    distance is measured on the logit too). ``order`` says who chooses first without replacement.
    """

    method: Literal["nearest"] = "nearest"
    neighbors: Count = 1
    replace: bool = True
    caliper: Positive | None = None
    caliper_unit: CaliperUnit = "score"
    ties: Ties = "average"
    order: Order = "largest"


class RadiusSpec(_Frozen):
    """The mean of all within the caliper (inclusive)."""

    method: Literal["radius"] = "radius"
    caliper: Positive
    caliper_unit: CaliperUnit = "score"


class KernelSpec(_Frozen):
    """A kernel-weighted mean; the bandwidth is absolute, in units of the score."""

    method: Literal["kernel"] = "kernel"
    kernel: Kernel = "epanechnikov"
    bandwidth: Positive = 0.06


class LocalLinearSpec(_Frozen):
    """The intercept of a kernel-weighted line, or what psmatch2 does by default under that name."""

    method: Literal["local_linear"] = "local_linear"
    kernel: Kernel = "epanechnikov"
    bandwidth: Positive = 0.06
    local_linear: Literal["textbook", "psmatch2"] = "textbook"

    @model_validator(mode="after")
    def _one_kernel(self) -> LocalLinearSpec:
        if self.local_linear == "psmatch2" and self.kernel != "epanechnikov":
            raise ValueError('local_linear = "psmatch2" smooths with the Epanechnikov kernel only')
        return self


class MahalanobisSpec(_Frozen):
    """Nearest neighbours in the covariates, within a caliper of the score (inclusive) if given."""

    method: Literal["mahalanobis"] = "mahalanobis"
    neighbors: Count = 1
    caliper: Positive | None = None
    caliper_unit: CaliperUnit = "score"


MethodSpec: TypeAlias = Annotated[
    NearestSpec | RadiusSpec | KernelSpec | LocalLinearSpec | MahalanobisSpec,
    Field(discriminator="method"),
]


class Trim(_Frozen):
    """Leave out the focal units where the others' score density is 0 or below its q-quantile."""

    trim: Annotated[float, Field(gt=0, lt=1)]


class Bootstrap(_Frozen):
    """Draws of whole clusters (rows without ``cluster``); scores are estimated in each.

    ``index`` names outcomes that are indices: their entropy weights are estimated again as well,
    and that standard error is given beside the one with frozen weights.
    """

    bootstrap: Annotated[int, Field(ge=2)]
    cluster: str | None = None
    index: dict[str, IndexSpec] = Field(default_factory=dict)


class AbadieImbens(_Frozen):
    """Abadie–Imbens with J own-arm neighbours and either variance of the 2006 paper."""

    abadie_imbens: Count
    variance: Literal["population", "sample"] = "population"


class Lechner(_Frozen):
    """Lechner's error with the controls' variance over the used or over all of them."""

    lechner: Literal["used", "all"]


SupportRule: TypeAlias = Literal["minmax", "none"] | Trim
ErrorRule: TypeAlias = (
    Literal["auto", "abadie_imbens", "lechner"] | Bootstrap | AbadieImbens | Lechner | None
)


class MatchSpec(_Frozen):
    """A whole matching: roles, method, estimand, support rule, standard error."""

    formula: str
    outcomes: tuple[str, ...] = Field(min_length=1)
    method: MethodSpec
    estimand: Estimand = "ATT"
    link: Literal["logit", "probit"] = "logit"
    score: str | None = None
    exact: tuple[str, ...] = ()
    support: SupportRule = "minmax"
    weights: str | None = None
    se: ErrorRule = "auto"
    seed: Annotated[int, Field(ge=0)] | None = None
    conf_level: Annotated[float, Field(gt=0, lt=1)] = 0.95
