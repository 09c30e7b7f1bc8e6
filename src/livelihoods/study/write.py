"""Everything a run writes, as bytes by file name; nothing touches the disk here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livelihoods.figures.render import to_svg
from livelihoods.report.to_html import to_html
from livelihoods.study.document import pages, stems
from livelihoods.study.plain import to_json
from livelihoods.study.record import run_record
from livelihoods.tables.to_csv import to_csv

if TYPE_CHECKING:
    from livelihoods.study.run import Ran
    from livelihoods.study.study import Study


def written(study: Study, ran: Ran) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return path -> contents of every output file, and the record among them as a value."""
    made = pages(study, ran)
    table_stems, figure_stems = stems(list(made.tables)), stems(list(made.figures))
    files: dict[str, bytes] = {}
    links: dict[str, dict[str, str]] = {}
    for name, table in made.tables.items():
        address = f"tables/{table_stems[name]}.csv"
        files[address] = to_csv(table).encode("utf-8-sig")
        links[name] = {"csv": address}
    for name, figure in made.figures.items():
        address = f"figures/{figure_stems[name]}.svg"
        files[address] = to_svg(figure).encode()
        links[name] = {"svg": address}
    files["report.html"] = to_html(made.document, links=links).encode()
    named = {table_stems[name]: table for name, table in made.tables.items()}
    record = run_record(study, ran, named, files)
    files["record.json"] = to_json(record).encode()
    return files, record
