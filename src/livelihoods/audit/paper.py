"""The small TOML that says what each printed table is: frozen, checked, one Spec for every door."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livelihoods.errors import SpecError

TableKind = Literal[
    "frequency",
    "growth",
    "composition",
    "regression",
    "group_difference",
    "matching",
    "descriptive",
    "correlation",
    "claims",
    "text",
]
Errors = Literal["classical", "robust", "clustered", "unknown"]
Brackets = Literal["t", "z", "se", "p", "unknown"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableSpec(_Frozen):
    """What one printed table is.

    Attributes
    ----------
    id
        Name by which findings, claims and hypotheses cite it.
    file, sheet
        Where it stands; ``sheet`` picks a table of a file with several.
    kind
        What sort of table; decides which rules apply.
    n
        Rows behind it: one number, or one a column.
    parentheses
        What stands in brackets under or beside a coefficient.
    errors
        Kind of standard errors. Identities of least squares with classical errors (proportional
        standard errors, F from R²) are applied only where it says so.
    stars
        Levels of one, two, three stars.
    intercept
        Row label of the constant.
    dummies
        Row labels of 0/1 regressors.
    same_rows
        Whether all columns were fitted on the same rows with the same regressors.
    regressors
        Number of slopes where the table does not print them all.
    parts
        For matching and group tables: outcome -> the outcomes of which it is the sum.
    means
        Column (regression) or row (group differences) -> its overall mean as printed: a number,
        or ``"table:row"`` of a frequency or descriptive table.
    ranges
        Regressor -> lowest and highest value it can take, for the search of a feasible mean.
    base
        For growth rows: the row they are the growth of.
    total
        Row label of the total.
    instruments
        Number of excluded instruments, where the text speaks of weak ones.
    """

    id: str
    file: str = ""
    sheet: str = ""
    title: str = ""
    kind: TableKind
    n: int | dict[str, int] | None = Field(default=None)
    parentheses: Brackets = "unknown"
    errors: Errors = "unknown"
    stars: tuple[float, float, float] = (0.10, 0.05, 0.01)
    intercept: str | None = None
    dummies: tuple[str, ...] = ()
    same_rows: bool | None = None
    regressors: int | None = None
    instruments: int | None = None
    parts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    means: dict[str, str] = Field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = Field(default_factory=dict)
    base: str | None = None
    total: str | None = None

    def rows_of(self, column: str) -> int | None:
        """Return n of a column."""
        return self.n.get(column) if isinstance(self.n, dict) else self.n


class ClaimSpec(_Frozen):
    """A sentence of the text with a number in it, and the table it speaks of.

    Attributes
    ----------
    text
        The sentence or its core, as printed.
    value
        The number claimed, as printed; found in the text if left out.
    table, row, column
        What it cites; row and column may be left out.
    reads
        ``"level"``: the number is a coefficient in units of the outcome; ``"percent"``: the text
        calls it a percentage; ``"direction"``: only a sign is claimed.
    sign
        For directions: what the text says of the coefficient as it is coded.
    outcome
        Outcome of which something is claimed.
    instruments
        Number of excluded instruments behind the claim.
    same
        Id of another claim about the same quantity; the two must agree.
    """

    id: str
    text: str
    value: str = ""
    table: str = ""
    row: str = ""
    column: str = ""
    reads: Literal["", "level", "percent", "direction"] = ""
    sign: Literal["", "+", "-"] = ""
    outcome: str = ""
    instruments: int | None = None
    same: str = ""


class HypothesisSpec(_Frozen):
    """A hypothesis and the coefficient it rests on."""

    id: str
    text: str = ""
    table: str
    row: str
    column: str
    sign: Literal["+", "-"] = "+"
    level: float = 0.10


class PaperSpec(_Frozen):
    """Everything that is declared about a paper."""

    format: Literal[1] = 1
    title: str = ""
    tables: tuple[TableSpec, ...] = ()
    claims: tuple[ClaimSpec, ...] = ()
    hypotheses: tuple[HypothesisSpec, ...] = ()
    outcomes: tuple[str, ...] = ()


def paper_from(raw: dict[str, Any], where: str) -> PaperSpec:
    """Check plain data against the spec.

    Raises
    ------
    SpecError
        Naming the first wrong key.
    """
    renamed = {
        {"table": "tables", "claim": "claims", "hypothesis": "hypotheses"}.get(key, key): value
        for key, value in raw.items()
    }
    try:
        return PaperSpec.model_validate(renamed)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SpecError("audit.bad_spec", file=where, key=place, problem=first["msg"]) from problem


def read_paper(path: Path) -> PaperSpec:
    """Read the TOML that declares a paper's tables."""
    import tomllib

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SpecError("audit.bad_toml", file=path.name, problem=str(problem)) from problem
    return paper_from(raw, path.name)
