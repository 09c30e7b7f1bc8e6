"""``livelihoods describe FILE COLUMNS``: frequencies, summaries, tests, gaps, inequality."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from livelihoods import words

How = Literal[
    "frequency",
    "summary",
    "differences",
    "anova",
    "correlations",
    "gap",
    "inequality",
    "definitions",
]


def register(app: App) -> None:
    """Add the command to the line."""

    @app.command(name="describe", help=words.text("cli.describe"))
    def describe(
        source: Annotated[Path, Parameter(help=words.text("cli.describe_source"))],
        *columns: Annotated[str, Parameter(help=words.text("cli.describe_columns"))],
        how: Annotated[How, Parameter(help=words.text("cli.describe_how"))] = "summary",
        by: Annotated[str | None, Parameter(help=words.text("cli.describe_by"))] = None,
        weights: Annotated[str | None, Parameter(help=words.text("cli.describe_weights"))] = None,
        cluster: Annotated[str | None, Parameter(help=words.text("cli.describe_cluster"))] = None,
        codebook: Annotated[
            Path | None, Parameter(help=words.text("cli.describe_codebook"))
        ] = None,
    ) -> None:
        from livelihoods.cli import say
        from livelihoods.survey.read import read_survey

        survey = read_survey(source) if codebook is None else read_survey(source, codebook)
        found = _described(survey, how, list(columns), by, weights, cluster)
        say(repr(found).rstrip())


def _described(
    survey: Any,
    how: How,
    columns: list[str],
    by: str | None,
    weights: str | None,
    cluster: str | None,
) -> Any:
    import livelihoods as lv
    from livelihoods.errors import SpecError

    if by is None and how in ("differences", "anova"):
        raise SpecError("cli.describe_needs_by", how=how)
    if how == "summary":
        return lv.summary_statistics(survey, columns or None, by, weights=weights, cluster=cluster)
    if how == "frequency":
        return lv.frequency_table(survey, columns, weights=weights)
    if how == "differences":
        return lv.group_differences(survey, columns, by, weights=weights, cluster=cluster)
    if how == "anova":
        return lv.anova(survey, columns, by, weights=weights, cluster=cluster)
    if how == "correlations":
        return lv.correlations(survey, columns, weights=weights)
    if how == "inequality":
        return lv.inequality(survey, columns, by, weights=weights, cluster=cluster)
    if how == "definitions":
        return lv.variable_definitions(survey, columns or survey.frame.columns, weights=weights)
    if len(columns) < 2 or len(columns) % 2:
        raise SpecError("cli.describe_needs_pairs", n=len(columns))
    pairs = {
        f"{first} / {second}": (first, second)
        for first, second in zip(columns[::2], columns[1::2], strict=True)
    }
    return lv.item_gap(survey, pairs, weights=weights, cluster=cluster)
