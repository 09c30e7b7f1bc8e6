"""record.json: what was asked, of which data, with which versions, and every number found."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any

from livelihoods import __version__
from livelihoods.study.plain import plain, table_record

if TYPE_CHECKING:
    from livelihoods.study.run import Done, Ran
    from livelihoods.study.study import Study
    from livelihoods.survey.model import SampleFlow
    from livelihoods.tables import Table

# The packages whose versions can change a digit or a byte of the output.
_PACKAGES = ("numpy", "scipy", "polars", "vl-convert-python", "python-docx", "xlsxwriter")


def run_record(
    study: Study, ran: Ran, tables: Mapping[str, Table], files: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the record of a run as plain data.

    Parameters
    ----------
    study
        What was asked.
    ran
        What was found.
    tables
        File stem -> table as written.
    files
        Everything written beside the record; their SHA-256 are kept.
    """
    prepared = ran.prepared
    frame = prepared.read.frame
    return {
        "program": "livelihoods",
        "record": 1,
        "versions": versions(),
        "seed": study.spec.seed,
        "study": {"file": study.places.file, "sha256": digest(study.places.text.encode())},
        "spec": plain(study.spec.said()),
        "data": {
            "source": prepared.source,
            "sha256": prepared.digest,
            "files": dict(prepared.origin.files),
            "joins": [plain(joined.to_dict()) for joined in prepared.origin.joined],
            "rows": frame.height,
            "columns": frame.width,
        },
        "sample_flow": flow_record(prepared.survey.sample_flow),
        "rows_used": prepared.survey.frame.height,
        "data_check": plain(prepared.check.to_dict()),
        "notes": [plain(note.to_dict()) for note in ran.notes],
        "analyses": [analysis_record(done) for done in ran.done],
        "tables": {name: table_record(table) for name, table in tables.items()},
        "files": {name: digest(content) for name, content in sorted(files.items())},
    }


def analysis_record(done: Done) -> dict[str, Any]:
    """Return one analysis: its spec, results and notes."""
    return {
        "id": done.spec.id,
        "kind": done.spec.kind,
        "spec": plain(done.spec.model_dump(mode="python", exclude_defaults=True)),
        "results": plain(done.outcome.results),
        "prose": list(done.outcome.prose),
        "notes": [plain(note.to_dict()) for note in done.outcome.notes],
    }


def flow_record(flow: SampleFlow) -> list[dict[str, Any]]:
    """Return the steps of the sample flow."""
    return [
        {"step": s.step, "before": s.before, "after": s.after, "reason": s.reason}
        for s in flow.steps
    ]


def versions() -> dict[str, str]:
    """Return the versions of everything that can change a byte."""
    found = {"livelihoods": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        found[name] = metadata.version(name)
    return found


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()
