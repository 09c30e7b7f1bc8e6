"""The Figure model and one chart family a file."""

from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.figures.distribution import distribution_plot
from livelihoods.figures.heat import heat_map
from livelihoods.figures.love import love_plot
from livelihoods.figures.model import Figure, with_number
from livelihoods.figures.overlap import overlap_plot
from livelihoods.figures.scree import scree_plot
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.figures.stacked import stacked_bars

__all__ = [
    "Figure",
    "coefficient_plot",
    "distribution_plot",
    "heat_map",
    "love_plot",
    "overlap_plot",
    "scree_plot",
    "sensitivity_curve",
    "stacked_bars",
    "with_number",
]
