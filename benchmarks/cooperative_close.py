"""Close one year of a cooperative with 10,000 members and a million ledger rows.

Writes CSV to stdout: step, seconds, seconds of processor time. The target is closing within 2 s.
Sharing out by plain fractions, as it was done before, runs beside it on the first 500 members.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from cooperatives.small_register import ACCOUNTS, CHARTER, COOPERATIVE, post  # noqa: E402
from cooperatives.surplus_by_fractions import split as by_fractions  # noqa: E402
from livelihoods.cooperatives import (  # noqa: E402  # noqa: E402
    close_year,
    create_register,
    open_register,
    preview,
    split_surplus,
)

MEMBERS, ROWS = 10_000, 1_000_000
C = pl.lit("C1").alias("cooperative")


def fill(path: Path) -> None:
    draw = np.random.default_rng(11)
    names = [f"M{number:05d}" for number in range(MEMBERS)]
    with create_register(path) as register:
        big = {**ACCOUNTS, "operating_income_cents": 10**10}
        charter = {**CHARTER, "basis": "volume", "pooling": "per_product", "conversion": 0.1}
        post(register, cooperatives=[COOPERATIVE], charters=[charter], year_accounts=[big])
        with register.post("import") as batch:
            people = pl.DataFrame({"member": names})
            batch.append(
                "members",
                people.select(
                    C,
                    "member",
                    pl.lit("farmer").alias("kind"),
                    pl.lit(date(2020, 1, 1)).alias("joined_on"),
                ),
            )
            batch.append(
                "contributions",
                people.select(
                    C,
                    pl.concat_str(pl.lit("E"), "member").alias("receipt"),
                    "member",
                    pl.lit(date(2020, 1, 1)).alias("day"),
                    pl.lit("money").alias("kind"),
                    pl.lit("paid_in").alias("movement"),
                    pl.Series("amount_cents", draw.integers(0, 10**6, MEMBERS)),
                ),
            )
            whose = draw.integers(0, MEMBERS, ROWS)
            volume = draw.integers(1, 10**6, ROWS)
            batch.append(
                "patronage",
                pl.DataFrame(
                    {
                        "receipt": pl.int_range(ROWS, eager=True).cast(pl.String),
                        "member": pl.Series(names).gather(pl.Series(whose)),
                        "day": pl.Series(draw.integers(0, 365, ROWS)).cast(pl.Int32) + 20_089,
                        "product": pl.Series(["rice", "tea", "pears"]).gather(
                            pl.Series(draw.integers(0, 3, ROWS))
                        ),
                        "volume": (pl.Series(volume).cast(pl.Decimal(18, 6)) / 1000).cast(
                            pl.Decimal(18, 6)
                        ),
                        "value_cents": volume * 3,
                    }
                ).with_columns(
                    C,
                    pl.col("day").cast(pl.Date),
                    pl.lit("member").alias("trade"),
                    pl.lit("kg").alias("unit"),
                ),
            )


def clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def main() -> None:
    sys.stdout.write("step,seconds,processor\n")

    def timed(step: str, start: tuple[float, float]) -> None:
        wall, own = (now - then for now, then in zip(clocks(), start, strict=True))
        sys.stdout.write(f"{step},{wall:.3f},{own:.3f}\n")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "office.duckdb"
        start = clocks()
        fill(path)
        timed("fill (not part of closing)", start)
        with open_register(path) as register:
            start = clocks()
            plan = preview(register, "C1", 2025)
            timed("preview", start)
            book = plan.book
            start = clocks()
            split_surplus(book.accounts, book.members, plan.charter)
            timed("split_surplus alone", start)
            start = clocks()
            split_surplus(book.accounts, book.members[:500], plan.charter)
            timed("split_surplus, 500 members", start)
            start = clocks()
            by_fractions(book.accounts, book.members[:500], plan.charter)
            timed("plain fractions, 500 members", start)
            start = clocks()
            close_year(register, "C1", 2025)
            timed("close_year (read, divide, post)", start)


if __name__ == "__main__":
    main()
