"""From a rural questionnaire to a livelihood index, causal evidence and a paper's tables."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public name -> module that has it. Nothing is imported until somebody asks (PEP 562).
_PUBLIC: dict[str, str] = {
    "Note": "livelihoods.notes",
    "Audit": "livelihoods.audit",
    "published_estimates": "livelihoods.audit",
    "Table": "livelihoods.tables",
    "regression_table": "livelihoods.tables.regression",
    "Figure": "livelihoods.figures",
    "LivelihoodsError": "livelihoods.errors",
    "peer_share": "livelihoods.design.peers",
    "winsorise": "livelihoods.design.winsorise",
    # engine
    "executor_from": "livelihoods.engine.executor",
    # survey
    "Codebook": "livelihoods.survey.model",
    "Survey": "livelihoods.survey.model",
    "Variable": "livelihoods.survey.model",
    "Stage": "livelihoods.survey.model",
    "append_waves": "livelihoods.survey.waves",
    "attrition": "livelihoods.survey.attrition",
    "choose_person": "livelihoods.survey.roster",
    "collapse_roster": "livelihoods.survey.roster",
    "codebook_document": "livelihoods.survey.pages",
    "codebook_table": "livelihoods.survey.pages",
    "data_check": "livelihoods.survey.check",
    "declare_sample": "livelihoods.survey.sample",
    "enumerator_effects": "livelihoods.survey.enumerators",
    "sample_flow_table": "livelihoods.survey.sample",
    "join": "livelihoods.survey.join",
    "open_parquet": "livelihoods.survey.parquet_folder",
    "link_waves": "livelihoods.survey.waves",
    "draft_codebook": "livelihoods.survey.draft",
    "read_codebook": "livelihoods.survey.codebook",
    "read_survey": "livelihoods.survey.read",
    "read_wenjuanxing": "livelihoods.survey.wenjuanxing",
    "read_xlsform": "livelihoods.survey.forms",
    "write_codebook": "livelihoods.survey.codebook",
    "write_survey": "livelihoods.survey.write",
    # measure
    "Index": "livelihoods.measure.index",
    "IndexSpec": "livelihoods.measure.spec",
    "build_index": "livelihoods.measure.index",
    "CommonMethod": "livelihoods.measure.common_method",
    "common_method": "livelihoods.measure.common_method",
    "factor_scores": "livelihoods.measure.factors",
    "index_diagnostics": "livelihoods.measure.diagnostics",
    "index_system": "livelihoods.measure.ready",
    "index_systems": "livelihoods.measure.ready",
    "reliability": "livelihoods.measure.consistency",
    # regressions
    "across_outcomes": "livelihoods.estimate.across_outcomes",
    "breadth_depth": "livelihoods.estimate.breadth",
    "confounding": "livelihoods.estimate.confounding",
    "dose_response": "livelihoods.estimate.dose_response.call",
    "e_value": "livelihoods.estimate.rosenbaum",
    "fit": "livelihoods.estimate.models",
    "heterogeneity": "livelihoods.estimate.heterogeneity",
    "iv": "livelihoods.estimate.iv",
    "lewbel": "livelihoods.estimate.plausible",
    "mechanisms": "livelihoods.estimate.mechanisms",
    "misreport_bounds": "livelihoods.estimate.misreport",
    "moderation": "livelihoods.estimate.moderation",
    "multiplicity": "livelihoods.estimate.multiplicity",
    "ols": "livelihoods.estimate.ols",
    "transport": "livelihoods.estimate.transport",
    "threshold": "livelihoods.estimate.threshold.call",
    "treatments": "livelihoods.estimate.treatments.call",
    # matching
    "compare_matches": "livelihoods.estimate.matching",
    "match": "livelihoods.estimate.matching",
    "matching_table": "livelihoods.estimate.matching",
    "oster": "livelihoods.estimate.oster",
    "peer_instrument_checks": "livelihoods.estimate.peer_instrument",
    "placebo_outcomes": "livelihoods.estimate.placebo",
    "plausibly_exogenous": "livelihoods.estimate.plausible",
    "rosenbaum_bounds": "livelihoods.estimate.rosenbaum",
    # mixed process
    "cmp": "livelihoods.estimate.mixed_process.api",
    "cmp_table": "livelihoods.estimate.mixed_process.table",
    "fractional": "livelihoods.estimate.mixed_process.equations",
    "interval": "livelihoods.estimate.mixed_process.equations",
    "joint_probabilities": "livelihoods.estimate.mixed_process.joint",
    "linear": "livelihoods.estimate.mixed_process.equations",
    "mprobit": "livelihoods.estimate.mixed_process.equations",
    "oprobit": "livelihoods.estimate.mixed_process.equations",
    "probit": "livelihoods.estimate.mixed_process.equations",
    "switching": "livelihoods.estimate.mixed_process.switching",
    "tobit": "livelihoods.estimate.mixed_process.equations",
    "truncated": "livelihoods.estimate.mixed_process.equations",
    # study
    "Run": "livelihoods.study.study",
    "Study": "livelihoods.study.study",
    "StudySpec": "livelihoods.study.spec",
    "compare_runs": "livelihoods.study.compare",
    # describe
    "anova": "livelihoods.describe.anova",
    "correlations": "livelihoods.describe.correlations",
    "frequency_table": "livelihoods.describe.frequency",
    "group_differences": "livelihoods.describe.differences",
    "index_system_table": "livelihoods.describe.definitions",
    "inequality": "livelihoods.describe.inequality",
    "item_gap": "livelihoods.describe.gap",
    "summary_statistics": "livelihoods.describe.summary",
    "variable_definitions": "livelihoods.describe.definitions",
}
_ROOMS = ("audit", "cooperatives", "datasets")

__all__ = ["__version__", *_PUBLIC, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return importlib.import_module(f"livelihoods.{name}")
    raise AttributeError(f"module 'livelihoods' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
