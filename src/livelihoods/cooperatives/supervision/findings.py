"""Findings over a register: counted, listed, explained; never added up to one score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.rulebook import Rule
from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.tables.model import Cell, Column, Row, Table, integer, number, text

OPEN = ("broken", "look")


@dataclass(frozen=True, slots=True)
class Findings:
    """What rules found in a register.

    Attributes
    ----------
    frame
        One row a cooperative and rule, as ``judge`` returns it.
    rules
        ``(set, rule)`` -> the rule, for its words.
    as_of
        The day.
    what
        ``"audit"`` or ``"screen"``.
    notes
        What must be said.
    synthetic
        Whether the register holds a synthetic county.
    """

    frame: pl.DataFrame
    rules: Mapping[tuple[str, str], Rule]
    as_of: date
    what: str
    notes: tuple[Note, ...] = field(default=())
    synthetic: bool = False

    def found(self, rule: str | None = None, group: str | None = None) -> list[str]:
        """Return the cooperatives with an open finding, of one rule or class if named, sorted."""
        rows = self.frame.filter(pl.col("status").is_in(OPEN))
        if rule is not None:
            rows = rows.filter(pl.col("rule") == rule)
        if group is not None:
            rows = rows.filter(pl.col("group") == group)
        return sorted(set(rows["cooperative"]))

    def tidy(self) -> pl.DataFrame:
        """Return the findings as a frame, one row a cooperative and rule."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: cooperatives, rules, and findings by status."""
        counted = {
            status: int((self.frame["status"] == status).sum())
            for status in ("kept", "broken", "look", "not_judged")
        }
        return pl.DataFrame(
            {
                "as_of": [self.as_of],
                "cooperatives": [self.frame["cooperative"].n_unique()],
                "rules": [len(self.rules)],
                **{name: [count] for name, count in counted.items()},
            }
        )

    def summary(self) -> Table:
        """Return, rule by rule, how many keep it, break it, and cannot be judged."""
        say = _say
        counted = self.frame.group_by("set", "rule").agg(
            *(
                (pl.col("status") == status).sum().alias(status)
                for status in ("kept", "broken", "look", "not_judged")
            )
        )
        by_rule = {(row["set"], row["rule"]): row for row in counted.iter_rows(named=True)}
        rows = []
        section = ""
        for (set_id, name), rule in self.rules.items():
            row = by_rule.get((set_id, name))
            heading = self._section(set_id, rule)
            if heading != section:
                section = heading
                rows.append(Row((text(heading), *[Cell(None, "blank")] * 5), "section"))
            shown = {} if row is None else row
            counts = [integer(shown.get(s, 0)) for s in ("kept", "broken", "look", "not_judged")]
            rows.append(Row((text(_words(rule.text)), text(rule.article), *counts), indent=1))
        heads = ("kept", "broken", "look", "not_judged")
        columns = (
            Column("rule", say("rule"), "left"),
            Column("article", say("article"), "left"),
            *(Column(head, say(f"status_{head}")) for head in heads),
        )
        return Table(
            f"cooperative-{self.what}",
            say(f"{self.what}_title", day=self.as_of.isoformat()),
            columns,
            tuple(rows),
            notes=self.notes,
            legend=(say("status_legend"),),
            language=words.language(),
            synthetic=self.synthetic,
        )

    def of(self, cooperative: str) -> Table:
        """Return one cooperative's open findings: evidence, rule, remedy.

        Raises
        ------
        DataError
            If the register does not hold the cooperative on that day.
        """
        own = self.frame.filter(pl.col("cooperative") == cooperative)
        if own.is_empty():
            raise DataError("cooperatives.unknown_cooperative", cooperative=cooperative)
        rows = [
            self._line(row)
            for row in own.iter_rows(named=True)
            if row["status"] in (*OPEN, "not_judged")
        ]
        heads = ("rule", "article", "value", "evidence", "status", "remedy")
        return Table(
            f"cooperative-{self.what}-{cooperative.lower()}",
            _say(f"{self.what}_of", cooperative=cooperative, day=self.as_of.isoformat()),
            tuple(
                Column(name, _say(name), "decimal" if name == "value" else "left") for name in heads
            ),
            tuple(rows),
            legend=(_say("status_legend"),) if rows else (_say("nothing_found"),),
            language=words.language(),
            synthetic=self.synthetic,
        )

    def listing(self) -> Table:
        """Return every open finding of every cooperative, sorted by cooperative."""
        shown = self.frame.filter(pl.col("status").is_in(OPEN))
        rows = [
            Row((text(row["cooperative"]), *self._line(row).cells))
            for row in shown.iter_rows(named=True)
        ]
        heads = ("cooperative", "rule", "article", "value", "evidence", "status", "remedy")
        return Table(
            f"cooperative-{self.what}-list",
            _say(f"{self.what}_list", day=self.as_of.isoformat()),
            tuple(
                Column(name, _say(name), "decimal" if name == "value" else "left") for name in heads
            ),
            tuple(rows),
            language=words.language(),
            synthetic=self.synthetic,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the findings that are open or not judged, as plain data."""
        shown = self.frame.filter(pl.col("status") != "kept")
        return {
            "as_of": self.as_of.isoformat(),
            "what": self.what,
            "glance": {**self.glance().drop("as_of").row(0, named=True)},
            "findings": shown.to_dicts(),
        }

    def __repr__(self) -> str:
        return repr(self.summary())

    def _line(self, row: dict[str, Any]) -> Row:
        rule = self.rules[(row["set"], row["rule"])]
        return Row(
            (
                text(_words(rule.text)),
                text(row["article"]),
                number(row["value"], 2),
                text(row["evidence"] or ", ".join(rule.evidence)),
                text(_say(f"status_{row['status']}")),
                text(_words(rule.remedy)),
            )
        )

    def _section(self, set_id: str, rule: Rule) -> str:
        if rule.group:
            return _say(f"group_{rule.group.replace('-', '_')}")
        return _say(f"set_{set_id.replace('-', '_')}", default=set_id)


def _words(said: Mapping[str, str]) -> str:
    return said.get(words.language()) or said["en"]


def _say(key: str, default: str = "", **values: Any) -> str:
    name = f"cooperatives.supervision_{key}"
    return words.text(name, **values) if words.has(name) or not default else default
