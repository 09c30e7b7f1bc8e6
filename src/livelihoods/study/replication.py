"""What another person needs to run a study again: the same study in Python, and a package."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from livelihoods import __version__, words
from livelihoods.study.lines import key_lines
from livelihoods.study.literal import literal
from livelihoods.study.pseudonyms import Travelling, travelling
from livelihoods.survey.codebook import codebook_toml
from livelihoods.survey.model import Codebook

if TYPE_CHECKING:
    from livelihoods.study.run import Ran
    from livelihoods.study.study import Study

# The first moment that a zip file can name: bytes must not depend on the clock.
_EPOCH = (1980, 1, 1, 0, 0, 0)

_SCRIPT = '''"""{title}

The study of this folder, in Python. Written by livelihoods {version}.

    python replicate.py [FOLDER OF THE DATA]

It looks for the data ({source}) in the folder named, else beside this file, else one folder up;
runs the study into "replicated"; and says whether each table has the same numbers as before.
"""

import sys
from pathlib import Path

import livelihoods as lv

HERE = Path(__file__).resolve().parent
DATA_SHA256 = {digest!r}

spec = lv.StudySpec(
{arguments}
)

places = [*map(Path, sys.argv[1:2]), HERE, HERE.parent]
name = next(iter(spec.data.waves.values()), spec.data.file or ".")
folder = next((place for place in places if (place / name).exists()), places[0])
run = lv.Study.from_spec(spec, folder).run(HERE / "replicated")

if run.record["data"]["sha256"] != DATA_SHA256:
    print("The data differ from those of the first run.")
differ = lv.compare_runs(HERE, run.folder)
for line in differ:
    print(line)
print("The tables are the same." if not differ else f"{{len(differ)}} tables differ.")
sys.exit(1 if differ else 0)
'''


def replicate_script(study: Study, ran: Ran) -> str:
    """Return ``replicate.py``: the study as Python values, run and compared with the first run."""
    said = study.spec.said()
    arguments = "\n".join(f"    {key}={literal(value, 4)}," for key, value in said.items())
    return _SCRIPT.format(
        title=_harmless(study.spec.title),
        version=__version__,
        source=_harmless(ran.prepared.source),
        digest=ran.prepared.digest,
        arguments=arguments,
    )


def replication_zip(study: Study, ran: Ran, script: str, files: Mapping[str, bytes]) -> bytes:
    """Return a package with study, script, codebook, tables and, if asked for, the data.

    Parameters
    ----------
    study, ran
        What was asked and found.
    script
        ``replicate.py``.
    files
        Tables as csv, and the record: what the script compares with.
    """
    read = ran.prepared.read
    inside: dict[str, bytes] = {"replicate.py": script.encode(), **files}
    text = study.places.text
    book = read.codebook
    travels: Travelling | None = None
    if study.spec.output.data == "pseudonymised" and study.spec.data.dataset is None:
        travels = travelling(study.spec, read)
        changed = {"file": "data.parquet", "codebook": "codebook.toml"}
        # Waves and joined files travel as the one table they became; replicate.py says so.
        text = _with_data(text, changed) if text and len(ran.prepared.origin.files) == 1 else ""
        book = Codebook({n: e for n, e in book.variables.items() if n in travels.frame.columns})
        buffer = io.BytesIO()
        travels.frame.write_parquet(buffer, compression="zstd", statistics=False)
        inside["data.parquet"] = buffer.getvalue()
        inside["replicate.py"] = _script_on(script, study, changed).encode()
    if text:
        inside["study.toml"] = text.encode()
    inside["codebook.toml"] = codebook_toml(book).encode()
    inside["README.txt"] = _readme(study, ran, travels).encode()
    return packed(inside)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file whose bytes depend on nothing but names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            package.writestr(info, files[name], compresslevel=9)
    return buffer.getvalue()


def _harmless(text: str) -> str:
    """Return text that cannot end the docstring it is put into."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.replace("\\", " ").replace('"', "'").split())


def _readme(study: Study, ran: Ran, travels: Travelling | None) -> str:
    values: dict[str, Any] = {
        "title": study.spec.title,
        "version": __version__,
        "source": ran.prepared.source,
        "digest": ran.prepared.digest,
    }
    lines = [words.text("study.zip_readme", **values)]
    if travels is None:
        lines.append(words.text("study.zip_no_data", **values))
    else:
        columns = list(travels.frame.columns)
        lines.append(words.text("study.zip_data", n=travels.frame.height, k=len(columns)))
        if travels.replaced:
            lines.append(words.text("study.zip_replaced", columns=", ".join(travels.replaced)))
        if travels.kept:
            lines.append(words.text("study.zip_kept", columns=", ".join(travels.kept)))
    return "\n\n".join(line.strip() for line in lines) + "\n"


def _with_data(text: str, changed: Mapping[str, str]) -> str:
    """Return a study text whose ``[data]`` names other files; all other lines stay."""
    lines = text.splitlines()
    places = key_lines(text)
    for key, value in changed.items():
        line = places.get(("data", key))
        written = f'{key} = "{value}"'
        if line is not None:
            lines[line - 1] = written
        else:
            lines.insert(places["data",], written)
    return "\n".join(lines) + "\n"


def _script_on(script: str, study: Study, changed: Mapping[str, str]) -> str:
    data = study.spec.said()["data"]
    before = f"    data={literal(data, 4)},"
    kept = {key: value for key, value in data.items() if key not in ("waves", "join")}
    if study.spec.data.waves:
        kept.setdefault("wave", "wave")
    return script.replace(before, f"    data={literal({**kept, **changed}, 4)},", 1)
