"""The first page of help, from the words alone: it must come at once.

The library that parses the command line takes a third of a second to load; a person who only asks
what there is should not wait for it. The help of one command comes from that library.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from livelihoods import words

_NARROWEST, _WIDEST = 40, 100


def help_page(commands: Sequence[str]) -> str:
    """Return what the program is, its commands with a line each, and how to go on."""
    from livelihoods.tables.to_text import wrap

    room = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    step = max(len(name) for name in commands) + 4
    lines = [words.text("cli.usage_line"), "", *wrap(words.text("cli.help"), room), ""]
    lines.append(words.text("cli.commands"))
    for name in commands:
        told = wrap(words.text(f"cli.{name.replace('-', '_')}"), room - step)
        lines.append(f"  {name:<{step - 2}}{told[0]}")
        lines += [" " * step + rest for rest in told[1:]]
    lines += ["", *wrap(words.text("cli.one_command"), room)]
    lines += ["", *wrap(words.text("cli.epilogue"), room)]
    return "\n".join(lines)
