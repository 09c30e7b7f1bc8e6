"""How long the import of a ledger takes, with all its checks.

    python benchmarks/cooperative_import.py [rows] > cooperative_import.csv

A csv file of deliveries (300 cooperatives, 20,000 members) is imported into a register on disk;
then the same file again with one line more, which posts that line and knows the others; then a
ledger in which one row in a hundred is rejected. ``floor`` is Polars reading the same csv as text
in the same run. Wall time, once each.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from livelihoods.cooperatives import create_register, import_file

ROWS, COOPERATIVES, MEMBERS = 1_000_000, 300, 20_000


def ledger(rows: int, bad: bool = False) -> pl.DataFrame:
    rng = np.random.default_rng(2026)
    member = rng.integers(0, MEMBERS, rows)
    cents = rng.integers(100, 900_000, rows)
    day = np.datetime64("2024-01-01") + rng.integers(0, 366, rows)
    frame = pl.DataFrame(
        {
            "cooperative": pl.Series(member % COOPERATIVES).cast(pl.String),
            "receipt": pl.Series(np.arange(rows)).cast(pl.String),
            "trade": pl.Series(["member"]).extend_constant("member", rows - 1),
            "member": pl.Series(member).cast(pl.String),
            "day": pl.Series(day).cast(pl.String),
            "product": pl.Series(rng.choice(["rice", "tea", "水果"], rows)),
            "unit": pl.Series(["kg"]).extend_constant("kg", rows - 1),
            "volume": pl.Series(np.round(rng.gamma(2, 300, rows), 3)).cast(pl.String),
            "value": pl.Series([f"{c // 100}.{c % 100:02d}" for c in cents.tolist()]),
        }
    )
    if bad:
        wrong = pl.int_range(pl.len()) % 100 == 0
        frame = frame.with_columns(
            pl.when(wrong).then(pl.lit("nobody")).otherwise("member").alias("member")
        )
    return frame


def people(folder: Path) -> tuple[Path, Path]:
    first, second = folder / "cooperatives.csv", folder / "members.csv"
    ids = [str(n) for n in range(COOPERATIVES)]
    pl.DataFrame({"cooperative": ids, "name": ids}).with_columns(
        kind=pl.lit("professional"), registered_on=pl.lit("2015-01-01")
    ).write_csv(first)
    who = np.arange(MEMBERS)
    pl.DataFrame(
        {"cooperative": (who % COOPERATIVES).astype(str), "member": who.astype(str)}
    ).with_columns(kind=pl.lit("farmer"), joined_on=pl.lit("2016-01-01")).write_csv(second)
    return first, second


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["case", "rows", "posted", "known", "rejected", "seconds", "floor", "ratio"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame = ledger(rows)
        cases = {
            "new": frame,
            "overlap": pl.concat([frame, frame.tail(1).with_columns(receipt=pl.lit("more"))]),
            "rejects": ledger(rows, bad=True).with_columns(receipt="r" + pl.col("receipt")),
        }
        with create_register(folder / "office.duckdb") as register:
            for file in people(folder):
                import_file(register, file)
            for case, content in cases.items():
                file = folder / f"{case}.csv"
                content.write_csv(file)
                start = time.perf_counter()
                pl.read_csv(file, infer_schema=False)
                floor = time.perf_counter() - start
                start = time.perf_counter()
                done = import_file(
                    register,
                    file,
                    "patronage",
                    rejects=folder / "rejects.csv",
                    on_reject="keep_good",
                )
                took = time.perf_counter() - start
                counts = [done.posted, done.known, done.rejected]
                out.writerow(
                    [
                        case,
                        content.height,
                        *counts,
                        f"{took:.2f}",
                        f"{floor:.3f}",
                        f"{took / floor:.0f}",
                    ]
                )


if __name__ == "__main__":
    main()
