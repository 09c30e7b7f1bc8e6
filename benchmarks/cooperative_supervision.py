"""Time of audit and screening over a county, as a ratio to one scan of its ledger.

Usage: python benchmarks/cooperative_supervision.py [COOPERATIVES] [LEDGER_ROWS] > supervision.csv
Default: the county of the issue, 10,000 cooperatives with 10^7 deliveries (target: 20 s together).
"""

from __future__ import annotations

import csv
import resource
import sys
import tempfile
import time
from pathlib import Path

from livelihoods.cooperatives.county import demo_county
from livelihoods.cooperatives.county.plan import AS_OF
from livelihoods.cooperatives.register import open_register
from livelihoods.cooperatives.supervision import audit_register, screen_register


def main(cooperatives: int, rows: int) -> None:
    """Make the county, then time each step on an open register."""
    out = csv.writer(sys.stdout)
    out.writerow(["step", "seconds", "scans", "peak_mb"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "county.duckdb"
        begin = time.perf_counter()
        demo_county(path, cooperatives=cooperatives, members=40 * cooperatives, ledger_rows=rows)
        made = time.perf_counter() - begin
        with open_register(path, read_only=True) as register:
            begin = time.perf_counter()
            register.value("SELECT sum(value_cents + coalesce(deduction_cents, 0)) FROM patronage")
            scan = time.perf_counter() - begin
            out.writerow(["make the county", f"{made:.2f}", f"{made / scan:.1f}", _peak()])
            out.writerow(["one scan", f"{scan:.3f}", "1.0", _peak()])
            for name, ask in (("audit", audit_register), ("screen", screen_register)):
                begin = time.perf_counter()
                ask(register, as_of=AS_OF)
                took = time.perf_counter() - begin
                out.writerow([name, f"{took:.2f}", f"{took / scan:.1f}", _peak()])


def _peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"


if __name__ == "__main__":
    given = [int(float(text)) for text in sys.argv[1:3]]
    main(*(given or [10_000, 10_000_000]))
