"""Write seeded Parquet like a household register: rows × 12 columns in ten files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl

FILES = 10
WAVES = tuple(range(2015, 2025))
GROUP = 1_000_000
INDICATORS = (
    *(f"amount_{j}" for j in range(5)),
    *(f"answer_{j}" for j in range(6)),
)
SPEC = {
    "assets": {f"amount_{j}": "+" for j in range(5)},
    "voice": {f"answer_{j}": "-" if j % 2 else "+" for j in range(6)},
}


def write(folder: Path, rows: int, *, mixed: bool, seed: int = 13) -> Path:
    """Write ten files; each holds one wave, or (``mixed``) rows of all waves."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(FILES):
        rng = np.random.default_rng([seed, number])
        height = rows * (number + 1) // FILES - rows * number // FILES
        columns: dict[str, np.ndarray] = {}
        for j in range(5):
            columns[f"amount_{j}"] = rng.lognormal(1.0 + j / 4, 1.0, height)
        for j in range(6):
            columns[f"answer_{j}"] = rng.integers(1, 6, height).astype(np.int8)
        wave = rng.choice(WAVES, height) if mixed else np.full(height, WAVES[number])
        columns["wave"] = wave.astype(np.int16)
        pl.DataFrame(columns).write_parquet(
            folder / f"part-{number:02d}.parquet",
            compression="zstd",
            compression_level=1,
            row_group_size=GROUP,
        )
    return folder
