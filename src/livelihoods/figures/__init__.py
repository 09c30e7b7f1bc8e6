"""The Figure model and one chart family a file."""

from livelihoods.figures.model import Figure, with_number

__all__ = ["Figure", "with_number"]
