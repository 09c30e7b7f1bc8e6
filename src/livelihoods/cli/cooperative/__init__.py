"""``livelihoods cooperative ...``: the commands of the register, one file each.

A command is a file here with ``register(app)``, and a line in ``COMMANDS``, as one floor up. Words
stand under ``[cli]`` as ``cooperative_<command>`` and ``cooperative_<command>_<parameter>``.
"""

from __future__ import annotations

import importlib

from cyclopts import App

from livelihoods import words

# Name -> module with ``register(app)``, in the order of the help page.
COMMANDS: tuple[tuple[str, str], ...] = (
    ("init", "livelihoods.cli.cooperative.init"),
    ("template", "livelihoods.cli.cooperative.template"),
    ("import", "livelihoods.cli.cooperative.imports"),
    ("correct", "livelihoods.cli.cooperative.correct"),
    ("trail", "livelihoods.cli.cooperative.trail"),
    ("demo", "livelihoods.cli.cooperative.demo"),
    ("close", "livelihoods.cli.cooperative.close"),
    ("statement", "livelihoods.cli.cooperative.statement"),
    ("calendar", "livelihoods.cli.cooperative.calendar"),
    ("benefit", "livelihoods.cli.cooperative.benefit"),
    ("rights", "livelihoods.cli.cooperative.rights"),
    ("votes", "livelihoods.cli.cooperative.votes"),
    ("audit", "livelihoods.cli.cooperative.audit"),
    ("target", "livelihoods.cli.cooperative.target"),
    ("risk", "livelihoods.cli.cooperative.risk"),
    ("stats", "livelihoods.cli.cooperative.stats"),
    ("revitalisation", "livelihoods.cli.cooperative.revitalisation"),
    ("incentive", "livelihoods.cli.cooperative.incentive"),
    ("inequality", "livelihoods.cli.cooperative.inequality"),
    ("review", "livelihoods.cli.cooperative.review"),
    ("report", "livelihoods.cli.cooperative.report"),
)


def register(app: App) -> None:
    """Add the family of commands to the line."""
    family = App(name="cooperative", help=words.text("cli.cooperative"), help_format="plaintext")
    for _, module in COMMANDS:
        importlib.import_module(module).register(family)
    app.command(family)
