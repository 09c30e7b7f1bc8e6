"""A whole look at money and risk, declared in one small file or read from the register."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livelihoods import words
from livelihoods.cooperatives.finance.cash import CashShock, CashStress, cash_stress
from livelihoods.cooperatives.finance.from_register import (
    cash_from_register,
    enterprise_from_register,
    sources_from_register,
)
from livelihoods.cooperatives.finance.fund import FundSpec
from livelihoods.cooperatives.finance.fund_result import MutualFund, mutual_fund
from livelihoods.cooperatives.finance.harvest import Instrument, Market
from livelihoods.cooperatives.finance.incidence import Incidence, Terms, harvest_incidence
from livelihoods.cooperatives.finance.loans import DayCount, Flow, Repayment, loan_flows
from livelihoods.cooperatives.finance.price_shocks import Enterprise, JointShock, Solvency, solvency
from livelihoods.cooperatives.finance.sources import (
    FinanceSource,
    FinanceSources,
    SourceKind,
    finance_sources,
)
from livelihoods.cooperatives.finance.wording import say
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.report.document import Block, Document, Heading, NoteList

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

Part: TypeAlias = FinanceSources | CashStress | Solvency | Incidence | MutualFund


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FlowSpec(_Frozen):
    """Money on a day: received positive, paid negative."""

    day: date
    amount: float


class LoanSpec(_Frozen):
    """A loan as its contract words it; see :func:`loan_flows`."""

    principal: float
    start: date
    months: int
    nominal_rate: float
    repayment: Repayment = "annuity"
    fee: float = 0.0
    deposit: float = 0.0


class SourceSpec(_Frozen):
    """A source of finance; at most one of ``flows``, ``loan`` and ``rate``."""

    name: str
    kind: SourceKind
    amount: float
    flows: tuple[FlowSpec, ...] = ()
    loan: LoanSpec | None = None
    rate: float | None = None


class CashSpec(_Frozen):
    """Money received and paid month by month."""

    opening: float
    income: tuple[float, ...]
    spending: tuple[float, ...]
    months: tuple[str, ...] | None = None
    floor: float = 0.0
    credit_line: float = 0.0
    shocks: dict[str, CashShock] = Field(default_factory=dict)


class SolvencySpec(_Frozen):
    """A year and the shocks to try on it."""

    enterprise: Enterprise
    joint: JointShock | None = None
    price_shocks: tuple[float, ...] | None = None
    volume_shocks: tuple[float, ...] | None = None


class HarvestSpec(_Frozen):
    """A market and the instruments to set side by side."""

    market: Market
    harvests: tuple[float, ...] = (0.7, 0.85, 1.0, 1.15, 1.3)
    harvest_cv: float = 0.2
    instruments: dict[Instrument, Terms] = Field(default_factory=dict)


class MutualSpec(_Frozen):
    """A mutual fund, and the ruin probability for which a premium is sought."""

    spec: FundSpec
    target: float | None = None
    draws: Annotated[int, Field(ge=1000, le=10_000_000)] = 20_000
    seed: Annotated[int, Field(ge=0)] = 0


class RiskSpec(_Frozen):
    """What ``livelihoods cooperative risk FILE.toml`` reads; each part may be left out."""

    title: str = ""
    day_count: DayCount = "actual/365"
    sources: tuple[SourceSpec, ...] = ()
    cash: CashSpec | None = None
    solvency: SolvencySpec | None = None
    harvest: HarvestSpec | None = None
    fund: MutualSpec | None = None


@dataclass(frozen=True, slots=True)
class RiskReport:
    """What was found, part by part.

    Attributes
    ----------
    title
        Of the report.
    parts
        Name -> result, in the order of reading.
    notes
        What could not be looked at.
    """

    title: str
    parts: dict[str, Part]
    notes: tuple[Note, ...] = ()

    def document(self) -> Document:
        """Return the report: each part's table and figure under its heading."""
        blocks: list[Block] = [NoteList(self.notes)] if self.notes else []
        for name, part in self.parts.items():
            blocks += [Heading(1, say(f"part_{name}")), part.summary(), part.plot()]
        return Document(self.title, words.language(), tuple(blocks))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "cooperative_risk",
            "title": self.title,
            "parts": {name: part.to_dict() for name, part in self.parts.items()},
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        found = [note.sentence() for note in self.notes]
        return "\n".join([*(repr(part) for part in self.parts.values()), *found])


def read_risk(path: Path | str) -> RiskSpec:
    """Read a risk file.

    Raises
    ------
    DataError
        No such file, or no TOML.
    SpecError
        A wrong key or value, named.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError("cooperatives.finance.no_file", file=str(path))
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise DataError(
            "cooperatives.finance.no_toml", file=file.name, problem=str(problem)
        ) from problem
    return risk_from(raw, file.name)


def risk_from(raw: dict[str, Any], where: str = "risk") -> RiskSpec:
    """Check plain data against the spec.

    Raises
    ------
    SpecError
        The first wrong key or value, named; nothing to look at.
    """
    try:
        spec = RiskSpec.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SpecError(
            "cooperatives.finance.bad_risk", file=where, key=key, problem=first["msg"]
        ) from problem
    if not (spec.sources or spec.cash or spec.solvency or spec.harvest or spec.fund):
        raise SpecError("cooperatives.finance.empty_risk", file=where)
    return spec


def run_risk(spec: RiskSpec) -> RiskReport:
    """Work out every part of a risk file."""
    parts: dict[str, Part] = {}
    if spec.sources:
        parts["sources"] = finance_sources(
            [_source(source) for source in spec.sources], day_count=spec.day_count
        )
    if spec.cash is not None:
        cash = spec.cash
        parts["cash"] = cash_stress(
            cash.opening, cash.income, cash.spending, shocks=cash.shocks, floor=cash.floor,
            credit_line=cash.credit_line, months=cash.months,
        )  # fmt: skip
    if spec.solvency is not None:
        given = spec.solvency
        shocks = {
            name: value
            for name in ("price_shocks", "volume_shocks")
            if (value := getattr(given, name)) is not None
        }
        parts["solvency"] = solvency(given.enterprise, joint=given.joint, **shocks)
    if spec.harvest is not None:
        h = spec.harvest
        terms = {str(name): terms for name, terms in h.instruments.items()}
        parts["harvest"] = harvest_incidence(
            h.market, h.harvests, terms=terms or None, harvest_cv=h.harvest_cv
        )
    if spec.fund is not None:
        f = spec.fund
        parts["fund"] = mutual_fund(f.spec, target=f.target, draws=f.draws, seed=f.seed)
    return RiskReport(spec.title or say("risk_title"), parts)


def _source(given: SourceSpec) -> FinanceSource:
    if given.loan is not None and (given.flows or given.rate is not None):
        raise SpecError("cooperatives.finance.two_rates", name=given.name)
    flows = tuple(Flow(flow.day, flow.amount) for flow in given.flows)
    if given.loan is not None:
        loan = given.loan
        flows = loan_flows(
            loan.principal, loan.start, loan.months, loan.nominal_rate,
            repayment=loan.repayment, fee=loan.fee, deposit=loan.deposit,
        )  # fmt: skip
    return FinanceSource(given.name, given.kind, given.amount, flows, given.rate)


def risk_from_register(
    register: Register, cooperative: str, year: int, *, joint: JointShock | None = None
) -> RiskReport:
    """Look at one cooperative's sources, cash and solvency as the register has them.

    Parameters
    ----------
    register
        An open register.
    cooperative
        Its identifier.
    year
        The recorded year.
    joint
        The distribution under which probabilities are stated; none without it.

    Raises
    ------
    DataError
        An unknown cooperative; nothing at all to look at. What single parts lack is a note.
    """
    parts: dict[str, Part] = {}
    notes: list[Note] = []

    def tried(name: str, make: Any) -> None:
        try:
            parts[name] = make()
        except DataError as problem:
            if problem.code == "cooperatives.finance.no_cooperative":
                raise
            values = {"part": say(f"part_{name}"), "reason": problem.message().splitlines()[0]}
            notes.append(Note("cooperatives.finance.part_missing", "caution", values))

    end = date(year, 12, 31)
    tried("sources", lambda: sources_from_register(register, cooperative, end))
    tried("cash", lambda: cash_from_register(register, cooperative, year))
    tried(
        "solvency",
        lambda: solvency(enterprise_from_register(register, cooperative, year), joint=joint),
    )
    if not parts:
        raise DataError("cooperatives.finance.no_accounts", cooperative=cooperative, year=year)
    title = say("risk_of", cooperative=cooperative, year=year)
    return RiskReport(title, parts, tuple(notes))
