"""Registry statistics as a report: every table of counts, what places specialise in, questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from livelihoods import words
from livelihoods.cooperatives.statistics.places import Specialisation, specialisation
from livelihoods.cooperatives.statistics.printed import read_stock
from livelihoods.cooperatives.statistics.registry import RegistryStatistics, registry_statistics
from livelihoods.cooperatives.statistics.stock import Stock, event_years, stock_from_extract
from livelihoods.cooperatives.statistics.wording import say
from livelihoods.errors import DataError, SpecError
from livelihoods.report.document import Block, Document, Heading
from livelihoods.survey.read import read_survey
from livelihoods.tables import Table

_OPENED = ("registered_on", "registered", "registration_date", "成立日期", "登记日期", "注册日期")
_CLOSED = ("ended_on", "ended", "deregistered_on", "注销日期", "终止日期")
_BY = ("city", "county", "sector", "industry", "地区", "市", "县", "行业", "产业")
_PLACES = ("village", "township", "村", "乡镇")
_PRODUCTS = ("product", "main_product", "产品", "主导产品")


@dataclass(frozen=True, slots=True)
class RegistryReport:
    """Every table of a registry source.

    Attributes
    ----------
    tables
        One a table of counts.
    places
        What places specialise in; None where the source has no places and products.
    passed_over
        Files of a folder that hold no counts by year.
    printed
        Whether the counts were read from printed tables, which can contradict themselves.
    """

    tables: tuple[RegistryStatistics, ...]
    places: Specialisation | None = None
    passed_over: tuple[str, ...] = ()
    printed: bool = False

    def document(self, title: str = "") -> Document:
        """Return the report."""
        blocks: list[Block] = []
        for found in self.tables:
            blocks.append(Heading(1, found.stock.name))
            blocks += [found.levels(), found.plot_total()]
            if found.stock.units:
                blocks += [_quiet(found.summary()), found.plot(), found.ranking()]
        if self.places is not None:
            blocks += [
                Heading(1, say("specialisation_title")), self.places.summary(), self.places.plot(),
            ]  # fmt: skip
        return Document(title or say("report_title"), words.language(), tuple(blocks))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "registry_report",
            "tables": [found.to_dict() for found in self.tables],
            "places": None if self.places is None else self.places.to_dict(),
            "passed_over": list(self.passed_over),
        }


def _quiet(table: Table) -> Table:
    """Leave out notes that stand under the table before."""
    return replace(table, notes=())


def registry_report(
    source: Path | str,
    *,
    by: Sequence[str] = (),
    opened: str | None = None,
    closed: str | None = None,
    base: int | None = None,
    year: int | None = None,
) -> RegistryReport:
    """Read printed tables of counts, a folder of them, or a registry extract, and report on it.

    Parameters
    ----------
    source
        A csv or xlsx file, or a folder of such files.
    by, opened, closed
        For an extract (one row a cooperative): columns of units, of the day of registration and of
        its end; guessed from usual names if left out.
    base, year
        The period, where the table has these years; its last two years if left out.

    Raises
    ------
    DataError
        Nothing that could be counted.
    """
    path = Path(source)
    if path.is_dir():
        files = sorted(
            file for file in path.iterdir() if file.suffix.lower() in (".csv", ".tsv", ".xlsx")
        )
        stocks = {file.name: read_stock(file) for file in files}
        tables = [_statistics(stock, base, year) for stock in stocks.values() if stock]
        if not tables:
            raise DataError("cooperatives.statistics.nothing_to_count", file=str(source))
        passed = tuple(name for name, stock in stocks.items() if stock is None)
        return RegistryReport(tuple(tables), None, passed, printed=True)
    stock = read_stock(path)
    if stock is not None:
        return RegistryReport((_statistics(stock, base, year),), printed=True)
    return _extract(path, tuple(by), opened, closed, base, year)


def report_of_extract(
    data: Any,
    *,
    by: Sequence[str] = (),
    opened: str | None = None,
    closed: str | None = None,
    base: int | None = None,
    year: int | None = None,
    name: str = "",
) -> RegistryReport:
    """Do :func:`registry_report` on an extract that is already a frame."""
    columns = list(data.columns)
    begin = opened or _known(columns, _OPENED)
    end = closed or _known(columns, _CLOSED)
    units = tuple(by) or tuple(column for column in _BY if column in columns)
    if begin is None or not units:
        raise DataError("cooperatives.statistics.nothing_to_count", file=name)
    tables = tuple(
        _statistics(
            stock_from_extract(
                data, column, _until(data, begin, end, year), opened=begin, closed=end, name=column
            ),
            base,
            year,
        )
        for column in units
    )
    place, product = _known(columns, _PLACES), _known(columns, _PRODUCTS)
    filled = product is not None and data[product].drop_nulls().len() > 0
    places = specialisation(data, place, product) if place and product and filled else None
    return RegistryReport(tables, places)


def _extract(
    path: Path,
    by: tuple[str, ...],
    opened: str | None,
    closed: str | None,
    base: int | None,
    year: int | None,
) -> RegistryReport:
    frame = read_survey(path).frame
    return report_of_extract(
        frame, by=by, opened=opened, closed=closed, base=base, year=year, name=path.name
    )


def _until(data: Any, begin: str, end: str | None, year: int | None) -> range | None:
    """Count on to a year that was asked for and lies after the last event."""
    if year is None:
        return None
    first, last = event_years(data, begin, end)
    return range(first, max(last, year) + 1)


def _known(columns: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in columns), None)


def _statistics(stock: Stock, base: int | None, year: int | None) -> RegistryStatistics:
    if base is not None and year is not None and base >= year:
        raise SpecError("cooperatives.statistics.bad_period", base=base, year=year)
    fits = all(asked is None or asked in stock.years for asked in (base, year))
    return registry_statistics(stock, base=base, year=year) if fits else registry_statistics(stock)
