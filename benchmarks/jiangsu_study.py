"""The whole Jiangsu study, every table and figure in every format, in wall and processor time: CSV.

PYTHONPATH=src python benchmarks/jiangsu_study.py [path of the study file]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import livelihoods as lv

STUDY = Path(__file__).resolve().parents[1] / "examples" / "jiangsu.toml"


def main(path: Path = STUDY) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wall, core = time.perf_counter(), time.process_time()
        done = lv.Study.from_toml(path).run(Path(folder) / "out", resume=False)
        wall, core = time.perf_counter() - wall, time.process_time() - core
    analyses = len(done.ran.done)
    figures = sum(len(item.outcome.figures) for item in done.ran.done)
    print("analyses,tables,figures,files,wall_s,processor_s")
    print(f"{analyses},{len(done.tables)},{figures},{len(done.files)},{wall:.1f},{core:.1f}")


if __name__ == "__main__":
    main(*(Path(part) for part in sys.argv[1:]))
