"""A metric, and the common tables that queries share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """A quantity that rules speak of.

    Attributes
    ----------
    name
        As rules name it.
    query
        SQL that returns ``cooperative, num, den, evidence``.
    """

    name: str
    query: str


# Micro-units make quotients of DECIMAL(18,6) columns whole numbers without loss.
MICRO = 1_000_000

COMMON = """
standing AS (
  SELECT m.* FROM members m LEFT JOIN exits e
    ON m.cooperative = e.cooperative AND m.member = e.member
  WHERE m.joined_on <= $as_of AND (e.left_on IS NULL OR e.left_on > $as_of)),
heads AS (SELECT cooperative, count(*) AS n FROM standing GROUP BY cooperative),
held AS (SELECT * FROM assemblies WHERE year(day) = $year),
office AS (
  SELECT * FROM officers
  WHERE from_on <= $as_of AND (until_on IS NULL OR until_on > $as_of)),
alive AS (
  SELECT * FROM cooperatives
  WHERE registered_on <= $as_of AND (ended_on IS NULL OR ended_on > $as_of))
"""
