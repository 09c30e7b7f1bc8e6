"""Registry statistics: counts and growth, who made it, what places specialise in, what to ask."""

from livelihoods.cooperatives.statistics.flags import Thresholds
from livelihoods.cooperatives.statistics.printed import read_stock
from livelihoods.cooperatives.statistics.registry import RegistryStatistics, registry_statistics
from livelihoods.cooperatives.statistics.specialisation import Specialisation, specialisation
from livelihoods.cooperatives.statistics.stock import Stock, stock_from_extract

__all__ = [
    "RegistryStatistics",
    "Specialisation",
    "Stock",
    "Thresholds",
    "read_stock",
    "registry_statistics",
    "specialisation",
    "stock_from_extract",
]
