"""What the weights of an index hang on: resampling, what-ifs, other shifts and other schemes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.measure.diagnostics import index_diagnostics
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.load import nearest_words
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "index_diagnostics"``.

    Attributes
    ----------
    index
        Name under ``[index]``.
    replicates
        Bootstrap draws of the weights; villages are drawn whole where a cluster is named.
    shifts
        Other shifts of the entropy to try.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "none"
    kind: Literal["index_diagnostics"] = "index_diagnostics"
    index: Name
    replicates: Annotated[int, Field(ge=0, le=100_000)] = 1_000
    shifts: tuple[Annotated[float, Field(ge=0)], ...] = (0.0, 1e-2, 1.0)


def run(spec: Spec, context: Context) -> Outcome:
    """Show the one table and the one figure of ``lv.index_diagnostics``."""
    if spec.index not in context.indices:
        hint = nearest_words(spec.index, list(context.indices))
        raise StudyError("study.unknown_index", name=spec.index, nearest=hint)
    roles = context.resolve(spec)
    cluster = roles.cluster[0] if roles.cluster else None
    found = index_diagnostics(
        context.survey,
        context.indices[spec.index].spec,
        cluster=cluster,
        replicates=spec.replicates,
        shifts=spec.shifts,
        conf_level=roles.conf_level,
        seed=context.seed,
        identity=spec.id,
        executor=context.executor,
    )
    label = context.label(spec.index)
    table = replace(
        found.summary(),
        title=words.text("study.diagnostics_title", index=label),
        preset=context.output.preset,
    )
    figure = replace(found.plot(), title=words.text("study.diagnostics_figure", index=label))
    return Outcome((table,), (figure,), results={spec.index: found})
