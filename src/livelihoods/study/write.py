"""Everything a run writes, as bytes by file name; nothing touches the disk here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.report.document import Document
from livelihoods.report.to_docx import to_docx as report_docx
from livelihoods.report.to_html import to_html
from livelihoods.study.disclosure import protected_run
from livelihoods.study.document import Pages, pages, stems
from livelihoods.study.plain import to_json
from livelihoods.study.record import run_record
from livelihoods.study.replication import replicate_script, replication_zip
from livelihoods.survey.pages import codebook_document
from livelihoods.tables.to_csv import to_csv
from livelihoods.tables.to_docx import to_docx
from livelihoods.tables.to_html import to_html as table_html
from livelihoods.tables.to_latex import to_latex
from livelihoods.tables.to_text import to_text
from livelihoods.tables.to_xlsx import to_xlsx

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.study.run import Ran
    from livelihoods.study.study import Study
    from livelihoods.tables import Table

Files = dict[str, bytes]
Links = dict[str, dict[str, str]]

_TABLES: dict[str, Callable[[Table], bytes]] = {
    "csv": lambda table: to_csv(table).encode("utf-8-sig"),
    "xlsx": lambda table: to_xlsx(table),
    "docx": to_docx,
    "tex": lambda table: to_latex(table).encode(),
    "html": lambda table: table_html(table).encode(),
    "txt": lambda table: to_text(table).encode(),
}
_FIGURES: dict[str, Callable[[Figure], bytes]] = {
    "svg": lambda figure: figure.to_svg().encode(),
    "png": lambda figure: figure.to_png(),
    "html": lambda figure: figure.to_html().encode(),
}


def written(study: Study, ran: Ran) -> tuple[Files, dict[str, Any]]:
    """Return path -> contents of every output file, and the record among them as a value."""
    with words.use_language(study.spec.language):
        return _written(study, ran)


def _written(study: Study, ran: Ran) -> tuple[Files, dict[str, Any]]:
    if study.spec.output.disclosure is not None:
        ran = protected_run(ran, study.spec.output.disclosure)
    made = pages(study, ran)
    table_names, figure_names = stems(list(made.tables)), stems(list(made.figures))
    named = {table_names[name]: table for name, table in made.tables.items()}
    files, links = _pieces(study, made, table_names, figure_names)
    files |= _side_pages(study, ran)
    files["report.html"] = to_html(made.document, links=links).encode()
    if "docx" in study.spec.output.formats:
        files["report.docx"] = report_docx(made.document)
    if "xlsx" in study.spec.output.formats and named:
        files["tables.xlsx"] = to_xlsx(list(named.values()))
    if study.places.text:
        files["study.toml"] = study.places.text.encode()
    script = replicate_script(study, ran)
    files["replicate.py"] = script.encode()
    record = run_record(study, ran, named, files)
    files["record.json"] = to_json(record).encode()
    compared = {name: files[name] for name in files if _travels(name)}
    files["replication.zip"] = replication_zip(study, ran, script, compared)
    return files, record


def _pieces(
    study: Study, made: Pages, table_names: Mapping[str, str], figure_names: Mapping[str, str]
) -> tuple[Files, Links]:
    """Return each table and figure in every format asked for, and their addresses by id."""
    files: Files = {}
    links: Links = {}
    for name, table in made.tables.items():
        for ending in study.spec.output.formats:
            address = f"tables/{table_names[name]}.{ending}"
            files[address] = _TABLES[ending](table)
            links.setdefault(name, {})[ending] = address
    for name, figure in made.figures.items():
        for kind in study.spec.output.figures:
            address = f"figures/{figure_names[name]}.{kind}"
            files[address] = _FIGURES[kind](figure)
            links.setdefault(name, {})[kind] = address
    return files, links


def _side_pages(study: Study, ran: Ran) -> Files:
    """Return codebook and data check as pages of their own."""
    prepared = ran.prepared
    title = study.spec.title
    documents: dict[str, Document] = {
        "codebook.html": codebook_document(prepared.survey, title),
        "data-check.html": prepared.check.document(title),
    }
    return {name: to_html(document).encode() for name, document in documents.items()}


def _travels(name: str) -> bool:
    return name == "record.json" or (name.startswith("tables/") and name.endswith(".csv"))
