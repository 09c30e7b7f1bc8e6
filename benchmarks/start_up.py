"""Start-up and the demo: `import livelihoods`, `livelihoods --help`, first and second demo run.

Whole processes, medians of several runs, beside a bare `python -c pass` in the same run. Writes CSV
to stdout. Budgets: import < 150 ms, --help < 400 ms, demo <= 30 s first and <= 15 s second.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 9


def seconds(arguments: list[str], runs: int) -> list[float]:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return taken


def row(name: str, taken: list[float]) -> str:
    spread = f"{min(taken):.3f},{statistics.median(taken):.3f},{max(taken):.3f}"
    return f'"{name}",{len(taken)},{spread}\n'


def main() -> None:
    sys.stdout.write("what,runs,min_s,median_s,max_s\n")
    sys.stdout.write(row("python -c pass", seconds(["-c", "pass"], RUNS)))
    sys.stdout.write(row("import livelihoods", seconds(["-c", "import livelihoods"], RUNS)))
    sys.stdout.write(row("livelihoods --help", seconds(["-m", "livelihoods", "--help"], RUNS)))
    with tempfile.TemporaryDirectory() as folder:
        demo = ["-m", "livelihoods", "demo", "--out", str(Path(folder) / "demo")]
        sys.stdout.write(row("demo, first run", seconds(demo, 1)))
        sys.stdout.write(row("demo, again", seconds(demo, 3)))


if __name__ == "__main__":
    main()
