"""A declared study: one file in, one report out, the same bytes every time."""

from livelihoods.study.spec import StudySpec
from livelihoods.study.study import Run, Study

__all__ = ["Run", "Study", "StudySpec"]
