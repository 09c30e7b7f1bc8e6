"""Real public data that come as packages; synthetic data with known truth."""

from livelihoods.datasets.packaged import Provenance, provenance, rice_farms, social_insure, vietnam

__all__ = ["Provenance", "provenance", "rice_farms", "social_insure", "vietnam"]
