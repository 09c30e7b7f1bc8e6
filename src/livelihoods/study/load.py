"""From the text of a study file to a StudySpec, or to every problem with its line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from livelihoods import words
from livelihoods.errors import LivelihoodsError, StudyError
from livelihoods.study.kinds import kinds
from livelihoods.study.lines import key_lines, line_of
from livelihoods.study.spec import SECTIONS, StudySpec

LARGEST = 2_000_000
Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a study file: where, and a sentence about it."""

    path: Loc
    sentence: str


@dataclass(slots=True)
class _Reading:
    """The problems met so far; reading goes on so that all are told at once."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, path: Loc, name: str, /, **values: Any) -> None:
        self.problems.append(Problem(path, words.text(f"study.problem_{name}", **values)))

    def build(self, prefix: Loc, model: type[BaseModel], raw: Any) -> Any:
        """Validate one section; on failure note the problems and return None."""
        if not isinstance(raw, Mapping):
            self.add(prefix, "table", actual=_shown(raw))
            return None
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for item in _one_a_key(error.errors(include_url=False)):
                self._translate(prefix, model, item)
        except LivelihoodsError as error:
            self.problems.append(Problem(prefix, error.message()))
        return None

    def _translate(self, prefix: Loc, model: type[BaseModel], item: Any) -> None:
        loc, kind, context = item["loc"], item["type"], item.get("ctx", {})
        path = (*prefix, *_real(loc))
        if kind == "extra_forbidden":
            key = str(loc[-1])
            known = _keys(model, loc[:-1])
            self.add(path, "unknown_key", key=key, known=known, nearest=nearest_words(key, known))
        elif kind == "missing":
            self.add(prefix, "missing_key", key=".".join(str(part) for part in loc))
        elif kind == "literal_error":
            known = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
            hint = nearest_words(str(item["input"]), known, listed=False)
            listed = [f"'{name}'" for name in known]
            self.add(path, "choice", actual=_shown(item["input"]), expected=listed, nearest=hint)
        elif isinstance(context.get("error"), LivelihoodsError):
            self.problems.append(Problem(path, context["error"].message()))
        else:
            name = kind if words.has(f"study.problem_{kind}") else "other"
            shown = {"limit": next(iter(context.values()), ""), "reason": item["msg"]}
            self.add(path, name, actual=_shown(item["input"]), **shown)


def read_study(path: str | Path) -> tuple[StudySpec, str]:
    """Read a study file; return the study and the text it was read from.

    Raises
    ------
    StudyError
        ``study.no_file``, ``study.not_text``, ``study.syntax`` or ``study.invalid`` with every
        problem found, its line and the nearest valid key.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StudyError("study.no_file", file=str(path), reason=reason) from None
    if len(raw) > LARGEST:
        raise StudyError("study.too_large", file=path.name, size=len(raw), limit=LARGEST)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise StudyError("study.not_text", file=path.name, line=line) from None
    return parse_study(text, path.name), text


def parse_study(text: str, file: str = "study.toml") -> StudySpec:
    """Return the study that a TOML text describes.

    Parameters
    ----------
    text
        The whole study file.
    file
        Its name, for messages.

    Raises
    ------
    StudyError
        As in `read_study`.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(error), text, file) from None
    except RecursionError:
        raise _syntax("nested too deeply (at line 1, column 1)", text, file) from None
    reading = _Reading()
    spec = _study(raw, reading)
    if reading.problems or spec is None:
        raise invalid(reading.problems, text, file)
    return spec


def invalid(problems: Sequence[Problem], text: str, file: str) -> StudyError:
    """Return the error that tells all problems, in the order of the file."""
    lines = key_lines(text)
    told = []
    for problem in problems:
        line = line_of(lines, problem.path) or 1
        key = dotted(problem.path)
        sentence = problem.sentence.replace("\n", "\n    ")
        told.append((line, words.text("study.problem", line=line, key=key, sentence=sentence)))
    told = sorted(dict.fromkeys(told), key=lambda item: item[0])
    listed = "\n".join(sentence for _, sentence in told)
    return StudyError("study.invalid", file=file, n=len(told), problems=listed)


def dotted(path: Loc) -> str:
    """Return a key as people write it: ``analysis[2].vcov``, counted from 1."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part + 1}]"
        else:
            shown += f".{part}" if shown else part
    return shown


def nearest_words(name: str, known: Sequence[str], *, listed: bool = True) -> str:
    """Return "Did you mean 'x'?" or, with nothing near, what there is to choose from."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return words.text("study.did_you_mean", name=close[0])
    return words.text("study.known_are", names=list(known)) if known and listed else ""


def _study(raw: Mapping[str, Any], reading: _Reading) -> StudySpec | None:
    if raw.get("format") != 1 or isinstance(raw.get("format"), bool):
        reading.add(("format",), "format", actual=_shown(raw.get("format")))
    built: dict[str, Any] = {}
    for key, value in raw.items():
        if key in SECTIONS:
            built[key] = _section(key, value, reading)
        elif key != "format":
            built[key] = value
    if not reading.problems:
        spec: StudySpec | None = reading.build((), StudySpec, {**built, "format": 1})
        if spec is not None:
            _consistent(spec, reading)
        return spec
    # The rest is looked at too, so that one run tells everything.
    plain = {key: value for key, value in built.items() if key not in SECTIONS}
    stand_in = {"data": {"dataset": "none"}} if "data" in raw else {}
    reading.build((), StudySpec, {**plain, **stand_in, "format": 1})
    return None


def _section(key: str, value: Any, reading: _Reading) -> Any:
    shape, model = SECTIONS[key]
    if shape == "table":
        return reading.build((key,), model, value)
    if shape == "tables":
        if not isinstance(value, Mapping):
            reading.add((key,), "table", actual=_shown(value))
            return {}
        return {name: reading.build((key, name), model, raw) for name, raw in value.items()}
    if not isinstance(value, list):
        reading.add((key,), "list_of_tables", key=key)
        return ()
    if key == "analysis":
        return tuple(_analysis(n, raw, reading) for n, raw in enumerate(value))
    return tuple(reading.build((key, n), model, raw) for n, raw in enumerate(value))


def _analysis(number: int, raw: Any, reading: _Reading) -> Any:
    prefix: Loc = ("analysis", number)
    if not isinstance(raw, Mapping):
        reading.add(prefix, "table", actual=_shown(raw))
        return None
    known = kinds()
    kind = raw.get("kind")
    if kind is None:
        reading.add(prefix, "missing_key", key="kind")
    elif not isinstance(kind, str) or kind not in known:
        hint = nearest_words(str(kind), list(known))
        reading.add((*prefix, "kind"), "unknown_kind", kind=_shown(kind), nearest=hint)
    else:
        return reading.build(prefix, known[kind].spec, raw)
    return None


def _consistent(spec: StudySpec, reading: _Reading) -> None:
    """Check what no section can see alone."""
    seen: dict[str, int] = {}
    for number, analysis in enumerate(spec.analysis):
        first = seen.setdefault(analysis.id.lower(), number)
        if first != number:
            reading.add(("analysis", number, "id"), "same_id", id=analysis.id, first=first + 1)
    data = spec.data
    if sum((data.file is not None, data.dataset is not None, bool(data.waves))) != 1:
        reading.add(("data",), "one_source")
    for name in spec.index:
        if name in spec.derive or name in spec.factor:
            reading.add(("index", name), "two_makers", name=name)
    for name in spec.factor:
        if name in spec.derive:
            reading.add(("factor", name), "two_makers", name=name)


def _syntax(reason: str, text: str, file: str) -> StudyError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", reason)
    line, column = (int(part) for part in place.groups()) if place else (text.count("\n") + 1, 1)
    bare = re.sub(r"\s*\(at .*\)$", "", reason)
    shown = text.splitlines()[line - 1].strip()[:80] if line <= len(text.splitlines()) else ""
    return StudyError("study.syntax", file=file, line=line, column=column, reason=bare, shown=shown)


def _real(loc: Sequence[str | int]) -> Iterator[str | int]:
    """Leave out the names that pydantic gives to branches of a union."""
    for part in loc:
        if isinstance(part, str) and re.search(r"[\[\](]|^(str|int|float|bool|tuple|dict)$", part):
            continue
        yield part


def _one_a_key(items: Sequence[Any]) -> list[Any]:
    """Keep one finding a key: each branch of a union complains for itself."""
    kept: dict[Loc, Any] = {}
    for item in items:
        path = tuple(_real(item["loc"]))
        if path not in kept or kept[path]["type"].endswith("_type"):
            kept[path] = item
    return list(kept.values())


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    for part in loc:
        inner = model.model_fields.get(str(part))
        found = list(_classes(inner.annotation)) if inner else []
        if not found:
            return []
        model = found[0]
    return [info.alias or name for name, info in model.model_fields.items()]


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _classes(inner)


def _shown(value: Any) -> str:
    text = repr(value) if value is not None else "–"
    return text if len(text) <= 60 else text[:57] + "..."
