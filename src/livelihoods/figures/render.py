"""Figures as SVG, PNG and a page of their own; nothing is fetched, and the bytes repeat."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import vl_convert

from livelihoods.errors import SpecError
from livelihoods.figures import theme

if TYPE_CHECKING:
    from livelihoods.figures.model import Figure

VEGA_LITE = "5.21"
_EXPORTS = "window.vegaEmbed = vegaEmbed;"
_ADDRESSES = ("url", "href", "usermeta")


def to_svg(figure: Figure) -> str:
    """Return the figure as one ``<svg>`` with title and description for those who cannot see it.

    Ids carry the figure's own id, so that many figures can stand in one page.
    """
    return _labelled(_own_ids(_drawn_svg(_text_of(figure)), figure.id), figure)


def to_png(figure: Figure, scale: float = 3.0) -> bytes:
    """Return the figure as PNG; ``scale`` 3 is about 290 dots an inch at column width."""
    return _drawn_png(_text_of(figure), scale)


# A report shows a figure on its page, in its Word file and as files of its own: drawing is dear.
@lru_cache(maxsize=64)
def _drawn_svg(spec: str) -> str:
    return str(
        vl_convert.vegalite_to_svg(
            spec, vl_version=VEGA_LITE, config=theme.config(), allowed_base_urls=[]
        )
    )


@lru_cache(maxsize=64)
def _drawn_png(spec: str, scale: float) -> bytes:
    return bytes(
        vl_convert.vegalite_to_png(
            spec, vl_version=VEGA_LITE, config=theme.config(), scale=scale, allowed_base_urls=[]
        )
    )


def _text_of(figure: Figure) -> str:
    return json.dumps(spec_of(figure), ensure_ascii=True, allow_nan=False)


def spec_of(figure: Figure) -> dict[str, Any]:
    """Return the description as plain JSON data, refused if it names anything outside itself.

    Raises
    ------
    SpecError
        The description has an address: figures carry their data inline.
    """
    spec = _plain(figure.spec)
    spec.setdefault("$schema", "https://vega.github.io/schema/vega-lite/v5.json")
    found = _addresses(spec)
    if found:
        raise SpecError("figures.outside_address", figure=figure.id, keys=found)
    return dict(spec)


def _plain(value: Any) -> Any:
    """Return mappings, sequences and NumPy scalars as JSON data; what is not finite is null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return theme.clean(value)
    return value


def _addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [key for key in value if key in _ADDRESSES]
        return here + [found for item in value.values() for found in _addresses(item)]
    if isinstance(value, list):
        return [found for item in value for found in _addresses(item)]
    return []


_TAG = re.compile(r"<[^>]*>")
_ID = re.compile(r'\bid="([^"]*)"')


def _own_ids(svg: str, figure_id: str) -> str:
    """Rename ids in order of appearance: the converter counts them through the whole process."""
    prefix = slug(figure_id)
    names: dict[str, str] = {}
    for tag in _TAG.findall(svg):
        for name in _ID.findall(tag):
            names.setdefault(name, f"svg_{prefix}_{len(names) + 1}")

    def renamed(match: re.Match[str]) -> str:
        tag = match[0]
        for old, new in names.items():
            tag = tag.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
        return tag

    return _TAG.sub(renamed, svg) if names else svg


def _labelled(svg: str, figure: Figure) -> str:
    prefix = slug(figure.id)
    label = f'role="img" aria-labelledby="svg_{prefix}_title svg_{prefix}_desc"'
    words = (
        f'<title id="svg_{prefix}_title">{escape(theme.clean(figure.title))}</title>'
        f'<desc id="svg_{prefix}_desc">{escape(theme.clean(figure.alt))}</desc>'
    )
    opening, closing, rest = svg.partition(">")
    return f"{opening.replace('<svg ', f'<svg {label} ', 1)}{closing}{words}{rest}"


def slug(value: str) -> str:
    """Return the letters, digits and hyphens of ``value``; never empty."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in value.lower())
    return "-".join(part for part in kept.split("-") if part) or "figure"


@cache
def _library() -> str:
    bundle = vl_convert.javascript_bundle(_EXPORTS, vl_version=VEGA_LITE)
    return str(bundle).replace("</script", "<\\/script")


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{margin:2rem auto;max-width:60rem;font:16px/1.5 Georgia,serif;color:#222}}\
figure{{margin:0}}figcaption{{margin-top:1rem}}</style></head>
<body><figure><div id="chart" role="img" aria-label="{alt}"></div>
<figcaption><b>{title}</b><br>{alt}</figcaption></figure>
<script>{library}</script>
<script>{start}</script></body></html>
"""


def to_html(figure: Figure) -> str:
    """Return a self-contained interactive page; its policy lets it load nothing from outside."""
    spec = {**spec_of(figure), "config": theme.config()}
    data = json.dumps(spec, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
    start = f'vegaEmbed("#chart",{data},{{"actions":false,"renderer":"svg"}});'
    hashes = " ".join(f"'sha256-{_sha(script)}'" for script in (_library(), start))
    return _PAGE.format(
        language=escape(figure.language),
        hashes=hashes,
        title=escape(theme.clean(figure.title)),
        alt=escape(theme.clean(figure.alt)),
        library=_library(),
        start=start,
    )


def _sha(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
