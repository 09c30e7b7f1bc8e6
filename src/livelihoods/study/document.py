"""A run as a Document: what was asked, of whom, what came out, and what must be kept in mind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from livelihoods import __version__, words
from livelihoods.figures import Figure
from livelihoods.report.document import Block, Document, Heading, LinkList, NoteList, Prose, settle
from livelihoods.study.run import Done, Ran, heading
from livelihoods.tables import Column, Row, Table, integer, text
from livelihoods.tables.to_html import slug

if TYPE_CHECKING:
    from livelihoods.study.factors import StudyFactor
    from livelihoods.study.spec import StudyIndex
    from livelihoods.study.study import Study


@dataclass(frozen=True, slots=True)
class Pages:
    """The report and the pieces that are also written alone.

    Attributes
    ----------
    document
        The whole report.
    tables, figures
        File stem -> as numbered in the report.
    """

    document: Document
    tables: dict[str, Table]
    figures: dict[str, Figure]


def pages(study: Study, ran: Ran) -> Pages:
    """Return the report of a run, in the study's language."""
    with words.use_language(study.spec.language):
        blocks = tuple(_marked(block, ran) for block in _blocks(study, ran))
        document = settle(
            Document(study.spec.title, study.spec.language, blocks, facts=_facts(study, ran))
        )
    tables = {block.id: block for block in document.blocks if isinstance(block, Table)}
    figures = {block.id: block for block in document.blocks if isinstance(block, Figure)}
    return Pages(document, tables, figures)


def _marked(block: Block, ran: Ran) -> Block:
    """Mark tables and figures made from synthetic data, wherever they go."""
    synthetic = any(note.code == "datasets.synthetic" for note in ran.prepared.survey.notes)
    if synthetic and isinstance(block, Table | Figure):
        return replace(block, synthetic=True)
    return block


def paragraphs(text_: str) -> list[Prose]:
    """Return an author's text as a block, or nothing for an empty one."""
    return [Prose(text_)] if text_.strip() else []


def _facts(study: Study, ran: Ran) -> tuple[tuple[str, str], ...]:
    """Return what the masthead says: data, rows, villages or clusters."""
    survey = ran.prepared.survey
    facts = [
        (words.text("study.fact_data"), ran.prepared.source),
        (words.text("study.fact_rows"), f"{survey.frame.height:,}"),
    ]
    place = survey.design.village or survey.design.cluster
    if place is not None:
        count = survey.frame[place].drop_nulls().n_unique()
        facts.append((survey.codebook.label(place), f"{count:,}"))
    facts.append((words.text("study.fact_analyses"), str(len(study.spec.analysis))))
    return tuple(facts)


def _blocks(study: Study, ran: Ran) -> Iterator[Block]:
    spec = study.spec
    yield from paragraphs(spec.introduction)
    yield from _data(study, ran)
    indices = [done for done in ran.done if done.spec.kind == "index"]
    others = [done for done in ran.done if done.spec.kind != "index"]
    if indices:
        yield Heading(1, words.text("study.section_indices"), "indices")
        for done in indices:
            yield from _analysis(study, done, level=2)
    if others:
        yield Heading(1, words.text("study.section_results"), "results")
        for done in others:
            yield from _analysis(study, done, level=2)
    if spec.conclusion:
        yield Heading(1, words.text("study.section_conclusion"), "conclusion")
        yield from paragraphs(spec.conclusion)
    yield from _making(study, ran)


def _data(study: Study, ran: Ran) -> Iterator[Block]:
    prepared = ran.prepared
    yield Heading(1, words.text("study.section_data"), "data")
    yield Prose(
        words.text(
            "study.data_source",
            source=prepared.source,
            n=prepared.read.frame.height,
            k=prepared.read.frame.width,
            used=prepared.survey.frame.height,
        )
    )
    if prepared.survey.notes:
        yield NoteList(prepared.survey.notes)
    for number, joined in enumerate(prepared.origin.joined, start=1):
        yield replace(joined.summary(), id=f"join-{number}")
    if prepared.survey.sample_flow.steps:
        yield flow_table(ran)
    if prepared.check.notes:
        yield replace(prepared.check.summary(), id="data-check")
    else:
        yield Prose(words.text("study.check_clean"))
    if study.spec.derive:
        yield derive_table(study, ran)


def flow_table(ran: Ran) -> Table:
    """Return the sample flow: each step, rows before, rows out, rows after."""
    rows = [
        Row(
            (
                text(step.reason or step.step),
                integer(step.before),
                integer(step.before - step.after),
                integer(step.after),
            )
        )
        for step in ran.prepared.survey.sample_flow.steps
    ]
    keys = ("step", "before", "out", "after")
    columns = tuple(
        Column(key, words.text(f"study.flow_{key}"), "left" if key == "step" else "decimal")
        for key in keys
    )
    title = words.text("study.flow_title")
    return Table("sample-flow", title, columns, tuple(rows), language=words.language())


def derive_table(study: Study, ran: Ran) -> Table:
    """Return the derived variables and what they are made from."""
    label = ran.prepared.survey.codebook.label
    rows = [
        Row((text(name), text(label(name)), text(expression)))
        for name, expression in study.spec.derive.items()
    ]
    keys = ("name", "label", "expression")
    columns = tuple(Column(key, words.text(f"study.derive_{key}"), "left") for key in keys)
    title = words.text("study.derive_title")
    return Table("derived", title, columns, tuple(rows), language=words.language())


def _analysis(study: Study, done: Done, level: int) -> Iterator[Block]:
    spec, outcome = done.spec, done.outcome
    title = spec.title or _default_title(study, done)
    yield Heading(level, title, slug(spec.id))
    yield from paragraphs(spec.text)
    if spec.kind == "index":
        yield from paragraphs(study.spec.index[getattr(spec, "index", "")].text)
    if spec.kind == "factor_scores" and getattr(spec, "factor", None):
        yield from paragraphs(study.spec.factor[getattr(spec, "factor", "")].text)
    for part in outcome.prose:
        yield from paragraphs(part)
    if outcome.notes:
        yield NoteList(outcome.notes)
    for table in outcome.tables:
        yield replace(table, id=f"{slug(spec.id)}-{slug(table.id)}")
    for figure in outcome.figures:
        yield replace(figure, id=f"{slug(spec.id)}-{slug(figure.id)}")


def _default_title(study: Study, done: Done) -> str:
    section: StudyIndex | StudyFactor | None = None
    if done.spec.kind == "index":
        section = study.spec.index[getattr(done.spec, "index", "")]
    elif done.spec.kind == "factor_scores":
        section = study.spec.factor.get(getattr(done.spec, "factor", None) or "")
    if section is None:
        return heading(done.spec)
    if isinstance(section.label, str):
        return section.label or heading(done.spec)
    return section.label.get(study.spec.language) or next(iter(section.label.values()))


def _making(study: Study, ran: Ran) -> Iterator[Block]:
    yield Heading(1, words.text("study.section_making"), "making")
    yield Prose(
        words.text(
            "study.making",
            version=__version__,
            file=study.places.file,
            source=ran.prepared.source,
            digest=ran.prepared.digest[:16],
            seed=study.spec.seed,
        )
    )
    yield LinkList(tuple(_links(study)))


def _links(study: Study) -> Iterator[tuple[str, str]]:
    names = ["codebook.html", "data-check.html", "record.json", "replicate.py", "replication.zip"]
    if "xlsx" in study.spec.output.formats:
        names.insert(0, "tables.xlsx")
    if "docx" in study.spec.output.formats:
        names.insert(0, "report.docx")
    if study.places.text:
        names.append("study.toml")
    for name in names:
        key = name.replace(".", "_").replace("-", "_")
        yield words.text(f"study.link_{key}"), name


def stems(ids: Sequence[str]) -> dict[str, str]:
    """Return id -> file stem with its place in front, so that folders list in reading order."""
    width = max(2, len(str(len(ids))))
    return {name: f"{place:0{width}d}-{name}" for place, name in enumerate(ids, start=1)}
