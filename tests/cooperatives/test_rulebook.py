"""Rules are data: complete, dated, in two languages, exact where they are fractions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from livelihoods.cooperatives import packaged, rules_for
from livelihoods.errors import SpecError


def test_the_law_of_2017() -> None:
    # Articles and values: the law's text (flk.npc.gov.cn), arts. 12, 20, 22, 30, 40, 44.
    law = packaged()["prc-2017"]
    expected = {
        "members-least": ("12", ">=", Fraction(5)),
        "farmers-share": ("20", ">=", Fraction(4, 5)),
        "entities-large": ("20", "<=", Fraction(1, 20)),
        "additional-votes": ("22", "<=", Fraction(1, 5)),
        "quorum": ("30", ">=", Fraction(2, 3)),
        "ordinary-majority": ("30", ">", Fraction(1, 2)),
        "special-majority": ("30", ">=", Fraction(2, 3)),
        "disclosure-days": ("40", ">=", Fraction(15)),
        "patronage-floor": ("44", ">=", Fraction(3, 5)),
    }
    found = {name: law.get(name) for name in expected}
    assert {n: (r.article, r.operator, r.bound) for n, r in found.items()} == expected
    assert all(rule.verified for rule in law.rule)


def test_two_thirds_is_exact() -> None:
    # 2 of 3 is enough; a float 0.6666666666666666 would have let 0.66666666666666661 pass or not.
    quorum = packaged()["prc-2017"].get("quorum")
    assert quorum.holds(Fraction(2, 3))
    assert not quorum.holds(Fraction(199_999, 300_000))


def test_every_rule_speaks_two_languages_and_names_its_evidence() -> None:
    for rules in packaged().values():
        for rule in rules.rule:
            assert {"en", "zh"} <= rule.text.keys() & rule.remedy.keys()
            assert rule.evidence


def test_what_was_not_read_is_marked() -> None:
    for name in ("india-sfac", "prc-2024-collective"):
        assert not any(rule.verified for rule in packaged()[name].rule)


def test_kind_and_date_choose_the_law() -> None:
    assert [r.id for r in rules_for("professional", date(2020, 1, 1))] == ["prc-2017"]
    assert rules_for("professional", date(2018, 6, 30)) == []
    assert [r.id for r in rules_for("collective", date(2026, 1, 1))] == ["prc-2024-collective"]


def test_a_local_file_takes_the_place_of_a_packaged_set(tmp_path: Path) -> None:
    local = tmp_path / "local.toml"
    local.write_text(
        """
format = 1
id = "prc-2017"
jurisdiction = "CN"
kinds = ["professional"]
valid_from = 2018-07-01
name = { en = "local", zh = "本地" }
[[rule]]
id = "patronage-floor"
article = "44"
metric = "patronage_share"
operator = ">="
value = 0.7
severity = "violation"
evidence = ["surplus plan"]
verified = false
text = { en = "seventy", zh = "七成" }
remedy = { en = "divide again", zh = "重新分配" }
""",
        encoding="utf-8",
    )
    rules = rules_for("professional", date(2020, 1, 1), [local])[0]
    assert rules.get("patronage-floor").bound == Fraction(7, 10)
    local.write_text("format = 1\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"local\.toml"):
        rules_for("professional", date(2020, 1, 1), [local])
    with pytest.raises(SpecError, match="nothing"):
        rules.get("nothing")
