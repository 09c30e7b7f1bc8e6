"""Balance before and after matching, laid out as pstest prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.errors import RefusedError
from livelihoods.estimate.matching.balance import Balance
from livelihoods.estimate.matching.sentences import say
from livelihoods.tables import BLANK, Cell, Column, Row, Table, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.matching.result import MatchingResult

_OVERALL = ("pseudo_r2", "lr_chi2", "lr_p_value", "mean_bias", "median_bias", "rubin_b",
            "rubin_r", "variance_share")  # fmt: skip


def balance_table(result: MatchingResult) -> Table:
    """Return the table.

    Raises
    ------
    RefusedError
        If balance has no meaning for this matching.
    """
    found = result.balance
    if not isinstance(found, Balance):
        raise RefusedError("estimate.match_no_balance", reason=found.reason)
    rows = [_covariate(row) for row in _in_pairs(found)]
    before, after = found.overall.iter_rows(named=True)
    for place, name in enumerate(_OVERALL):
        cells = (text(say(name)), *_statistic(name, before), *_statistic(name, after),
                 *([BLANK] * 4))  # fmt: skip
        rows.append(Row(cells[:9], "statistic", place == 0))
    treated, controls = found.effective
    rows.append(
        Row(
            (text(say("effective")), number(treated, 1), number(controls, 1), *([BLANK] * 6)),
            "statistic",
        )
    )
    columns = (
        Column("variable", words.text("estimate.labels.term"), "left"),
        Column("sample", say("sample"), "left"),
        Column("treated", say("treated")),
        Column("control", say("control")),
        Column("bias", say("bias")),
        Column("reduction", say("reduction")),
        Column("t", "t"),
        Column("p_value", words.text("estimate.labels.p_value")),
        Column("variance_ratio", say("variance_ratio")),
    )
    legend = (
        say("legend_bias"),
        say("legend_variance", low=after["variance_low"], high=after["variance_high"]),
        say("legend_overall"),
        say("legend_rubin"),
        say("legend_effective"),
    )
    return Table(
        "balance",
        say("balance_title", treatment=result.treatment),
        columns,
        tuple(rows),
        legend=legend,
        language=words.language(),
    )


def _in_pairs(found: Balance) -> list[dict[str, Any]]:
    rows = found.covariates.to_dicts()
    half = len(rows) // 2
    return [row for pair in zip(rows[:half], rows[half:], strict=True) for row in pair]


def _covariate(row: dict[str, Any]) -> Row:
    first = row["sample"] == "unmatched"
    ratio = Cell(row["variance_ratio"], "number", 2, mark="*" if row["variance_flag"] else "")
    cells = (
        text(row["term"] if first else ""),
        text(say(f"sample_{row['sample']}")),
        number(row["mean_treated"]),
        number(row["mean_untreated"]),
        number(row["bias"], 1),
        number(row["reduction"], 1),
        number(row["t"], 2),
        p_value(row["p_value"]),
        BLANK if row["variance_ratio"] is None else ratio,
    )
    return Row(cells, rule_above=False, indent=0)


def _statistic(name: str, row: dict[str, Any]) -> tuple[Cell, Cell]:
    value = row[name]
    flagged = row.get(f"{name}_flag")
    if name == "lr_p_value":
        cell = p_value(value)
    elif value is None:
        cell = BLANK
    else:
        cell = Cell(value, "number", 3 if name == "pseudo_r2" else 1 if name != "rubin_r" else 2,
                    mark="*" if flagged else "")  # fmt: skip
    return text(say(f"sample_{row['sample']}")), cell
