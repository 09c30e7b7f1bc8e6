"""Short commands: parse, call, print.

A command is a file here with ``register(app)``, and a line in ``COMMANDS``. Heavy imports stand
inside the functions, so that ``--help`` answers at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import App

# Name -> module with ``register(app)``, in the order of the help page.
COMMANDS: tuple[tuple[str, str], ...] = (
    ("new", "livelihoods.cli.new"),
    ("check", "livelihoods.cli.check"),
    ("run", "livelihoods.cli.run"),
    ("demo", "livelihoods.cli.demo"),
    ("codebook", "livelihoods.cli.codebook"),
    ("data-check", "livelihoods.cli.data_check"),
    ("audit", "livelihoods.cli.audit"),
    ("describe", "livelihoods.cli.describe"),
    ("cooperative", "livelihoods.cli.cooperative"),
)

WRONG, FAULT, INTERRUPTED = 2, 70, 130


def build() -> App:
    """Return the command line; its help speaks the current language."""
    from cyclopts import App

    from livelihoods import __version__, words

    app = App(
        name="livelihoods",
        version=__version__,
        help=words.text("cli.help"),
        help_epilogue=words.text("cli.epilogue"),
        help_format="plaintext",  # Markdown help would load rich.markdown, a third of the start
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # said in the language spoken, below
    )
    for _, module in COMMANDS:
        importlib.import_module(module).register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(answer(sys.argv[1:] if arguments is None else list(arguments)))


def answer(arguments: list[str]) -> int:
    """Run one command and return its exit code: its own, 0, or 2 with a message on stderr."""
    from livelihoods import words
    from livelihoods.cli.language import take_language
    from livelihoods.errors import LivelihoodsError

    try:
        chosen, rest = take_language(arguments)
        with words.use_language(chosen):
            if rest in ([], ["--help"], ["-h"]):
                from livelihoods.cli.help_page import help_page

                say(help_page([name for name, _ in COMMANDS]))
                return 0
            return _answer(rest)
    except LivelihoodsError as error:
        if _debugging():
            raise
        tell(error.message())
        return WRONG


def _answer(arguments: list[str]) -> int:
    """Run one command in the current language, which a study file may change."""
    from cyclopts import CycloptsError

    from livelihoods import words
    from livelihoods.errors import LivelihoodsError

    try:
        left = build()(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        tell(words.text("cli.usage", problem=str(error)))
        return WRONG
    except BrokenPipeError:
        # Whoever read the answer had enough; what was to be written is written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        tell(words.text("cli.interrupted"))
        return INTERRUPTED
    except Exception as error:
        if _debugging():
            raise
        if isinstance(error, LivelihoodsError):
            tell(error.message())
            return WRONG
        tell(words.text("cli.fault", kind=type(error).__name__, reason=str(error)[:500]))
        return FAULT
    return left if isinstance(left, int) else 0


def _debugging() -> bool:
    return os.environ.get("LIVELIHOODS_DEBUG") == "1"


def tell(message: str) -> None:
    """Print an error on stderr: the first line says what, the others why and what to do."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    first, _, rest = message.partition("\n")
    console.print(Text(first, style="bold red"))
    if rest:
        console.print(Text(rest))


def say(message: str) -> None:
    """Print a line of the answer on stdout."""
    sys.stdout.write(f"{message}\n")
