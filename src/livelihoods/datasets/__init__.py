"""Real public data that come as packages; synthetic data with known truth."""

from livelihoods.datasets.jiangsu import JiangsuTruth, jiangsu_files, jiangsu_like, jiangsu_truth
from livelihoods.datasets.packaged import rice_farms, social_insure, vietnam
from livelihoods.datasets.provenance import Provenance, provenance
from livelihoods.datasets.shanxi import shanxi_like
from livelihoods.datasets.truth import Truth, truth_of

__all__ = [
    "JiangsuTruth",
    "Provenance",
    "Truth",
    "jiangsu_files",
    "jiangsu_like",
    "jiangsu_truth",
    "provenance",
    "rice_farms",
    "shanxi_like",
    "social_insure",
    "truth_of",
    "vietnam",
]
