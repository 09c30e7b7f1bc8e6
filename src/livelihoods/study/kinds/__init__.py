'''Kinds of analysis, one file each, found by looking into this folder. No list to edit.

To add a kind, write ``study/kinds/<kind>.py`` with two public names::

    """One sentence: what the kind answers."""

    from __future__ import annotations

    from typing import Literal

    from livelihoods.estimate.iv import iv
    from livelihoods.study.analysis import AnalysisSpec, Outcome
    from livelihoods.study.context import Context


    class Spec(AnalysisSpec):
        """Keys of ``kind = "iv"``.

        Attributes
        ----------
        instruments
            Formula terms left out of the outcome equation.
        """

        kind: Literal["iv"] = "iv"          # the name(s) that study files write
        instruments: tuple[str, ...]        # required: no default; unknown keys are errors

        def beside(self):                   # only if there are roles beyond treatment, controls
            return {"instrument": self.instruments}


    def run(spec: Spec, context: Context) -> Outcome:
        roles = context.need(spec, "treatment", "outcomes")
        results = {
            outcome: iv(context.formula(outcome, *roles.controls) + ..., context.survey)
            for outcome in roles.outcomes
        }
        return Outcome(tables=(...,), figures=(...,), prose=(...,), results=results)

What you can count on and what is asked of you:

* ``id title text treatment outcomes controls cluster weights conf_level acknowledge`` are in
  every Spec already; ``context.resolve(spec)`` fills what is empty from ``[design]``;
  ``context.need(spec, "treatment")`` also refuses, in words, if nobody filled it.
* ``context.survey`` is cleaned; indices are columns (``resilience``, ``resilience.learning``);
  ``context.indices`` has the ``Index`` values. ``context.formula(outcome, *terms)`` quotes names.
* Refusals (a treatment hidden inside its own index) are done before ``run`` is called. If the
  author acknowledged an overlap, ``roles.outcomes`` already holds the comparison column.
* A result goes into ``results`` under a name of your choice; ``to_dict()`` is recorded. Tables and
  figures need ids that are unique within the analysis only: the study puts the analysis id before.
* Write tables and prose in ``context.language``; words stand under ``[study]`` as
  ``kind_<kind>_…`` (``kind_<kind>`` alone is the default heading; it is required).
* Draw random numbers only from ``context.rng(spec.id, replicate)``; pass ``seed=context.seed`` and
  the id on if the estimator draws itself.
* Report long loops with ``context.progress(done, total, what)``; print nothing.
* Raise errors of ``livelihoods.errors``; the study adds the line of the ``[[analysis]]``.
* Test it in ``tests/study/kinds/test_<kind>.py`` and describe its keys in ``docs/study-file.md``.
'''

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_args

from livelihoods.errors import StudyError
from livelihoods.study.analysis import AnalysisSpec

if TYPE_CHECKING:
    from livelihoods.study.analysis import Outcome
    from livelihoods.study.context import Context


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of analysis: its name in study files, its Spec, and what runs it."""

    name: str
    spec: type[AnalysisSpec]
    run: Callable[[Any, Context], Outcome]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind found in this folder, by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return claimed(importlib.import_module(f"{__name__}.{name}") for name in names)


def claimed(modules: Any) -> dict[str, Kind]:
    """Return kind -> module that claims it.

    Raises
    ------
    StudyError
        If two modules claim one kind, or a module has no ``Spec``, ``run`` or kind.
    """
    found: dict[str, Kind] = {}
    owner: dict[str, str] = {}
    for module in modules:
        for kind in _kinds_of(module):
            if kind.name in found:
                raise StudyError(
                    "study.kind_claimed_twice",
                    kind=kind.name,
                    modules=[owner[kind.name], module.__name__],
                )
            found[kind.name], owner[kind.name] = kind, module.__name__
    return found


def _kinds_of(module: ModuleType) -> list[Kind]:
    spec, run = getattr(module, "Spec", None), getattr(module, "run", None)
    if not (isinstance(spec, type) and issubclass(spec, AnalysisSpec) and callable(run)):
        raise StudyError("study.kind_incomplete", module=module.__name__)
    names = get_args(spec.model_fields["kind"].annotation)
    if not names:
        raise StudyError("study.kind_incomplete", module=module.__name__)
    return [Kind(name, spec, run) for name in names]
