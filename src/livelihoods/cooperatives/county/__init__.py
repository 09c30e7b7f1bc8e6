"""A synthetic county of cooperatives with known truth; every name and figure in it is invented."""

from livelihoods.cooperatives.county.build import County, county_truth, demo_county

__all__ = ["County", "county_truth", "demo_county"]
