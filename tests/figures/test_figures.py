"""Figures: harmless, the same bytes twice, told in words, and readable without colour."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihoods.errors import DataError, SpecError
from livelihoods.figures import Figure, render, theme
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.figures.distribution import distribution_plot
from livelihoods.figures.render import spec_of
from tables.fakeresult import FakeResult

# Estimates and t values of the Shanxi study, table 10.
CAPITAL = FakeResult(
    "capital", {"(Intercept)": (3.591, 7.19), "part": (1.012, 7.975), "age": (-0.105, -1.259)}, {}
)
INCOME = FakeResult("income", {"part": (1.32, 12.898), "age": (-0.291, -4.331)}, {})
HOSTILE = "</script><script>alert(1)</script> \u2028 \x00 & \u202e 农户 👩‍🌾"


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_coefficients_show_terms_and_hide_the_constant() -> None:
    figure = coefficient_plot([CAPITAL, INCOME], id="fig", labels={"part": "Participation"})
    shown = texts(figure.to_svg())
    assert "Participation" in shown
    assert "Constant" not in shown
    assert {"capital", "income"} <= set(shown)
    rows = spec_of(figure)["data"]["values"]
    assert [row["estimate"] for row in rows] == [1.012, 1.32, -0.105, -0.291]
    # 1.012 ± 1.96 · 1.012 / 7.975, from the printed estimate and t.
    assert rows[0]["low"] == pytest.approx(0.7633, abs=5e-5)
    assert "Participation: 1.01 [0.763, 1.26]" in figure.alt
    kept = coefficient_plot(CAPITAL, keep=["(Intercept)"])
    assert "Constant" in texts(kept.to_svg())


def test_terms_of_one_wording_stay_apart() -> None:
    result = FakeResult("y", {"a": (1.0, 2.0), "b": (2.0, 3.0)}, {})
    shown = texts(coefficient_plot(result, labels={"a": "Age", "b": "Age"}).to_svg())
    assert {"Age (a)", "Age (b)"} <= set(shown)


def test_distribution_counts_everything_once() -> None:
    numbers = np.random.default_rng(1).normal(size=500)
    figure = distribution_plot(np.append(numbers, [np.nan, np.inf]), axis="Index")
    rows = spec_of(figure)["data"]["values"]
    assert sum(row["count"] for row in rows) == 500
    assert sum(row["share"] for row in rows) == pytest.approx(100)
    assert figure.notes[0].values == {"n": 2}
    assert "n = 500" in figure.alt
    # Integers from 1 to 5 get one bin each.
    few = distribution_plot([1, 2, 2, 5])
    assert [row["count"] for row in spec_of(few)["data"]["values"]] == [1, 2, 0, 0, 1]
    assert len(spec_of(distribution_plot([3.0, 3.0]))["data"]["values"]) == 1


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50),
    st.one_of(st.none(), st.integers(1, 20)),
)
def test_histogram_shares_sum(numbers: list[float], bins: int | None) -> None:
    rows = spec_of(distribution_plot({"a": numbers, "b": numbers[::-1]}, bins=bins))
    shares: dict[str, list[float]] = {"a": [], "b": []}
    for row in rows["data"]["values"]:
        shares[row["group"]].append(row["share"])
    assert shares["a"] == shares["b"]
    assert sum(shares["a"]) == pytest.approx(100)


def test_svg_stands_alone_with_its_own_ids() -> None:
    one = coefficient_plot(CAPITAL, id="One figure")
    svg = one.to_svg()
    ids = re.findall(r'\bid="([^"]*)"', svg)
    assert ids
    assert all(name.startswith("svg_one-figure_") for name in ids)
    assert len(set(ids)) == len(ids)
    assert "href" not in svg
    assert not re.findall(r"https?://(?!www\.w3\.org/)", svg)
    assert 'role="img"' in svg
    assert f"{one.alt}</desc>" in svg


def test_bytes_repeat_within_and_across_processes() -> None:
    clipped = {
        "data": {"values": [{"a": 1.0}]},
        "mark": {"type": "point", "clip": True},
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
    }
    figure = Figure("clip", "t", clipped, "alt")
    first = figure.to_svg()
    render._drawn_svg.cache_clear()  # drawn anew, not remembered
    second = figure.to_svg()
    assert "clip-path" in first
    assert first == second
    picture = figure.to_png(1.0)
    render._drawn_png.cache_clear()
    assert figure.to_png(1.0) == picture
    code = (
        "from livelihoods.figures import Figure; import json, sys;"
        "sys.stdout.buffer.write(Figure('clip', 't', json.loads(sys.argv[1]), 'alt')"
        ".to_svg().encode())"
    )
    path = f"import sys; sys.path[:0] = {sys.path!r};"
    done = subprocess.run(
        [sys.executable, "-c", path + code, json.dumps(clipped)], capture_output=True, check=True
    )
    assert done.stdout.decode() == first


def test_hostile_labels_are_harmless() -> None:
    result = FakeResult(HOSTILE, {HOSTILE: (1.0, 2.0)}, {})
    figure = coefficient_plot([result, INCOME], id=HOSTILE, title=HOSTILE)
    svg = figure.to_svg()
    root = ElementTree.fromstring(svg)
    assert not [node for node in root.iter() if "script" in node.tag]
    page = figure.to_html()
    page.encode("utf-8")
    # Two scripts of ours, whatever the labels say.
    assert page.count("<script>") == 2
    assert page.lower().count("</script>") == 2
    assert "\u202e" not in page
    assert figure.to_png(1.0)[:4] == b"\x89PNG"


def test_interactive_page_may_load_nothing() -> None:
    page = distribution_plot([1.0, 2.0, 4.0]).to_html()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert policy[1].count("sha256-") == 2
    outside_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"<(?:link|img|iframe)\b", outside_scripts)


@pytest.mark.parametrize("key", ["url", "href"])
def test_outside_addresses_are_refused(key: str) -> None:
    spec = {"data": {key: "file:///etc/passwd"}, "mark": "point"}
    with pytest.raises(SpecError, match="outside itself"):
        Figure("f", "", spec, "").to_svg()


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(SpecError, match="nothing to draw"):
        coefficient_plot(FakeResult("y", {"(Intercept)": (1.0, 2.0)}, {}))
    with pytest.raises(DataError, match="no finite value"):
        distribution_plot([np.nan])


def _linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lightness(colour: str) -> float:
    # CIE L* from relative luminance (IEC 61966-2-1 weights).
    luminance = float(_linear(colour) @ [0.2126, 0.7152, 0.0722])
    return 116 * luminance ** (1 / 3) - 16


def test_series_survive_a_grey_print() -> None:
    levels = [_lightness(colour) for colour in theme.SERIES]
    assert levels == sorted(levels)
    # A step of 8 L* between neighbours is told apart on paper next to each other.
    assert min(np.diff(levels)) > 8


def test_series_survive_colour_blindness() -> None:
    # Machado, Oliveira & Fernandes (2009), severity 1.0: protanopia and deuteranopia.
    matrices = [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]],
    ]  # fmt: skip
    for matrix in matrices:
        seen = [np.cbrt(np.clip(np.array(matrix) @ _linear(c), 0, 1)) for c in theme.SERIES]
        apart = [float(np.linalg.norm(a - b)) for i, a in enumerate(seen) for b in seen[i + 1 :]]
        # 0.1 of the cube-root range is about ten just noticeable differences.
        assert min(apart) > 0.1


@settings(max_examples=10)
@given(st.text(max_size=20))
def test_any_label_gives_valid_xml(label: str) -> None:
    figure = distribution_plot({label: [1.0, 2.0], label + "x": [2.0]}, axis=label, title=label)
    assert ElementTree.fromstring(figure.to_svg()).tag.endswith("svg")


def test_missing_chinese_font_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from livelihoods.figures import fonts

    chinese = distribution_plot({"合作社": [1.0, 2.0]})
    latin = distribution_plot({"farm": [1.0, 2.0]})
    monkeypatch.setattr(fonts, "has_cjk_font", lambda: False)
    assert fonts.with_font_note(latin).notes == ()
    noted = fonts.with_font_note(chinese).notes
    assert [note.code for note in noted] == ["figures.no_cjk_font"]
    assert noted[0].sentence("zh")


def test_private_letters_have_no_font() -> None:
    from livelihoods.figures import fonts

    assert fonts.has_cjk_font() in (True, False)


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_the_interactive_page_draws_under_its_own_policy(tmp_path: Path) -> None:
    page = tmp_path / "figure.html"
    figure = distribution_plot([1.0, 2.0, 4.0], title=HOSTILE, axis=HOSTILE)
    page.write_text(figure.to_html(), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr"]
    command += ["--virtual-time-budget=5000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert 'class="marks"' in done.stdout
    assert "Content Security Policy" not in done.stderr
