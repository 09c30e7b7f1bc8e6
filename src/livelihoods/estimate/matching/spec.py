"""What a matching is asked to do: one frozen spec a method, and an option has one home."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from livelihoods.measure.spec import IndexSpec

Estimand = Literal["ATT", "ATU", "ATE", "ATO"]
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


class IpwSpec(_Frozen):
    """Inverse probability weights, normalised in each arm."""

    method: Literal["ipw"] = "ipw"


class OverlapSpec(_Frozen):
    """Overlap weights: 1 − p for the treated, p for the others; the estimand is the ATO."""

    method: Literal["overlap"] = "overlap"


class EntropySpec(_Frozen):
    """Entropy balancing of the first ``moments`` powers of every covariate."""

    method: Literal["entropy"] = "entropy"
    moments: Annotated[int, Field(ge=1, le=3)] = 1


class AipwSpec(_Frozen):
    """Augmented inverse probability weighting, cross-fitted over ``folds``."""

    method: Literal["aipw"] = "aipw"
    folds: Annotated[int, Field(ge=2, le=50)] = 5


WEIGHTING = (IpwSpec, OverlapSpec, EntropySpec, AipwSpec)

MatchingSpec: TypeAlias = NearestSpec | RadiusSpec | KernelSpec | LocalLinearSpec | MahalanobisSpec
MethodSpec: TypeAlias = Annotated[
    MatchingSpec | IpwSpec | OverlapSpec | EntropySpec | AipwSpec,
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


class Clustered(_Frozen):
    """Influence functions summed within clusters (weighting only)."""

    cluster: str


class AbadieImbens(_Frozen):
    """Abadie–Imbens with J own-arm neighbours and either variance of the 2006 paper."""

    abadie_imbens: Count
    variance: Literal["population", "sample"] = "population"


class Lechner(_Frozen):
    """Lechner's error with the controls' variance over the used or over all of them."""

    lechner: Literal["used", "all"]


SupportRule: TypeAlias = Literal["minmax", "none"] | Trim
ErrorRule: TypeAlias = (
    Literal["auto", "abadie_imbens", "lechner", "influence"]
    | Bootstrap
    | Clustered
    | AbadieImbens
    | Lechner
    | None
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

    @model_validator(mode="after")
    def _overlap_has_its_own_estimand(self) -> MatchSpec:
        if (self.estimand == "ATO") != isinstance(self.method, OverlapSpec):
            raise ValueError('method = "overlap" and estimand = "ATO" belong together')
        if isinstance(self.method, (*WEIGHTING,)) and self.exact:
            raise ValueError("exact belongs to matching, not to weighting")
        return self
