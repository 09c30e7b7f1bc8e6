"""kill −9 in the middle of a closing: all of it stands, or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cooperatives.small_register import delivery, filled, hand_year, member, paid_in
from livelihoods.cooperatives import close_year, open_register

SOURCE = Path(__file__).resolve().parents[3] / "src"
CLOSE = """
import sys
from livelihoods.cooperatives import close_year, open_register
with open_register(sys.argv[1]) as register:
    print("ready", flush=True)
    close_year(register, "C1", 2025)
"""


def test_nothing_is_half_posted_when_killed(tmp_path: Path) -> None:
    names = [f"m{n:04d}" for n in range(1_500)]
    rows = hand_year(
        members=[member(name) for name in names],
        contributions=[paid_in(f"E{name}", name, 1_000) for name in names],
        patronage=[delivery(f"R{name}", name, 1_000 + n) for n, name in enumerate(names)],
    )
    del rows["opening_reserve_shares"]
    filled(tmp_path, **rows).close()
    path = tmp_path / "office.duckdb"
    for delay in (0.0, 0.03, 0.08, 0.15):
        run = subprocess.Popen(
            [sys.executable, "-c", CLOSE, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        time.sleep(delay)
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
        with open_register(path) as register:
            closings = register.table("closings").height
            held = register.table("distributions").height
            assert (closings, held) in ((0, 0), (1, 1_500))
            if closings:
                break
    with open_register(path) as register:
        if not register.table("closings").height:
            close_year(register, "C1", 2025)
        assert register.table("distributions").height == 1_500
