"""Kinds are found by looking, and clashes are told."""

from __future__ import annotations

from types import ModuleType
from typing import Literal

import pytest

from livelihoods.errors import StudyError
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.kinds import claimed, kinds


class Spec(AnalysisSpec):
    kind: Literal["census"] = "census"


def _module(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


def run(spec: Spec, context: object) -> Outcome:
    return Outcome()


def test_every_file_of_the_folder_is_a_kind() -> None:
    for name, kind in kinds().items():
        assert kind.name == name
        assert issubclass(kind.spec, AnalysisSpec)


def test_two_modules_cannot_claim_one_kind() -> None:
    with pytest.raises(StudyError, match=r"census.*claimed by two modules: a and b"):
        claimed([_module("a", Spec=Spec, run=run), _module("b", Spec=Spec, run=run)])


def test_a_module_that_is_no_kind_is_told() -> None:
    with pytest.raises(StudyError, match="is none"):
        claimed([_module("drawer")])
