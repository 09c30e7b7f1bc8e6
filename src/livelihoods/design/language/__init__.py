"""Our own small language for formulas and derived variables. It is read, never executed."""

from livelihoods.design.language.expressions import parse_expression
from livelihoods.design.language.faults import at, nearest
from livelihoods.design.language.formulas import parse_formula, split_latent
from livelihoods.design.language.tree import (
    Arrow,
    Binary,
    Call,
    Expr,
    Formula,
    Listed,
    Literal,
    Name,
    Term,
    Unary,
    label,
    names_in,
    walk,
)

__all__ = [
    "Arrow",
    "Binary",
    "Call",
    "Expr",
    "Formula",
    "Listed",
    "Literal",
    "Name",
    "Term",
    "Unary",
    "at",
    "label",
    "names_in",
    "nearest",
    "parse_expression",
    "parse_formula",
    "split_latent",
    "walk",
]
