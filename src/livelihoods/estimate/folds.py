"""Folds of cross-fitting: rows, or whole clusters, dealt out at random and equal in number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods.engine import replicate_generator

if TYPE_CHECKING:
    from livelihoods.typing import Ints


def fold_numbers(codes: Ints, count: int, seed: int, identity: str) -> Ints:
    """Return the fold 0 … count − 1 of every row; rows of one code share it.

    Parameters
    ----------
    codes
        Cluster of each row, 0 … G−1; a number of its own for each row without clusters.
    """
    groups = int(codes.max()) + 1
    shuffled = replicate_generator(seed, identity, 0).permutation(groups)
    return np.asarray((shuffled % count)[codes], dtype=np.int64)
