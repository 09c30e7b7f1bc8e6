"""Synthetic papers: microdata are drawn, tables computed from them and rounded as papers print.

Nothing in such a paper is wrong, so an audit that finds anything beyond rounding in it cries wolf.
``plant`` then puts one known error into a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

STAR_LEVELS = (0.10, 0.05, 0.01)


@dataclass(frozen=True)
class PrintedTable:
    """Lines of text and what is declared about them."""

    lines: list[list[str]]
    spec: dict[str, Any]


def draw_paper(seed: int) -> list[PrintedTable]:
    """Draw one paper: regressions, frequencies, groups, levels, correlations, descriptives."""
    rng = np.random.default_rng([seed, 1010])
    n = int(rng.integers(140, 900))
    X, dummies = _regressors(rng, n)
    Y = _outcomes(rng, X)
    return [
        _regression(rng, X, Y, dummies),
        *_frequencies(rng, n),
        _groups(rng, Y),
        _descriptives(rng, n),
        _levels(rng),
        _correlations(np.column_stack([X, Y])),
        _matching(rng, Y),
    ]


def _regressors(rng: np.random.Generator, n: int) -> tuple[np.ndarray, list[int]]:
    k = int(rng.integers(3, 8))
    X = rng.normal(size=(n, k)) @ (np.eye(k) + 0.2 * rng.normal(size=(k, k)))
    dummies = sorted(rng.choice(k, size=int(rng.integers(1, 3)), replace=False).tolist())
    for j in dummies:
        X[:, j] = X[:, j] > np.quantile(X[:, j], rng.uniform(0.1, 0.9))
    for j in range(k):
        if j not in dummies and rng.random() < 0.4:
            X[:, j] = np.clip(np.rint(4 + 1.5 * X[:, j]), 1, 7)
    return X, dummies


def _outcomes(rng: np.random.Generator, X: np.ndarray) -> np.ndarray:
    m = int(rng.integers(2, 5))
    B = rng.normal(0, 0.25, (X.shape[1], m)) * (rng.random((X.shape[1], m)) < 0.7)
    scale = 10.0 ** rng.uniform(-1, 1.5, m)
    noise = rng.normal(size=(X.shape[0], m)) * (1 + 0.5 * np.abs(X[:, :1]))
    return (X @ B + noise + rng.normal(0, 2, m)) * scale


def _fit(X: np.ndarray, y: np.ndarray, kind: str, groups: np.ndarray) -> dict[str, Any]:
    n, k = X.shape
    Z = np.column_stack([X, np.ones(n)])
    inverse = np.linalg.inv(Z.T @ Z)
    b = inverse @ Z.T @ y
    e = y - Z @ b
    d = n - k - 1
    if kind == "classical":
        V = inverse * (e @ e) / d
        df = d
    elif kind == "robust":
        V = inverse @ (Z.T * e**2) @ Z @ inverse * n / d
        df = d
    else:
        scores = np.zeros((groups.max() + 1, k + 1))
        np.add.at(scores, groups, Z * e[:, None])
        g = scores.shape[0]
        V = inverse @ scores.T @ scores @ inverse * g / (g - 1) * (n - 1) / d
        df = g - 1
    se = np.sqrt(np.diag(V))
    wald = float(b[:k] @ np.linalg.solve(V[:k, :k], b[:k]) / k)
    r2 = 1 - e @ e / ((y - y.mean()) @ (y - y.mean()))
    p = 2 * stats.t.sf(np.abs(b / se), df)
    return {
        "b": b, "se": se, "t": b / se, "p": p, "r2": r2, "adj": 1 - (1 - r2) * (n - 1) / d,
        "f": wald, "pf": float(stats.f.sf(wald, k, df)), "n": n,
    }  # fmt: skip


def stars(p: float) -> str:
    return "*" * sum(p < level for level in STAR_LEVELS)


def _regression(
    rng: np.random.Generator, X: np.ndarray, Y: np.ndarray, dummies: list[int]
) -> PrintedTable:
    kind = str(rng.choice(["classical", "robust", "clustered"]))
    brackets = str(rng.choice(["t", "se"]))
    below = bool(rng.random() < 0.5)
    digits = int(rng.choice([3, 4]))
    groups = rng.integers(0, 40, X.shape[0])
    same = bool(rng.random() < 0.6)
    fits = []
    for j in range(Y.shape[1]):
        keep = np.ones(X.shape[0], bool) if same else rng.random(X.shape[0]) > 0.06
        fits.append(_fit(X[keep], Y[keep, j], kind, groups[keep]))
    names = [f"x{j + 1}" for j in range(X.shape[1])] + ["Constant"]
    lines = [["Variable", *(f"y{j + 1}" for j in range(Y.shape[1]))]]
    for i, name in enumerate(names):
        top = [f"{fit['b'][i]:.{digits}f}{stars(fit['p'][i])}" for fit in fits]
        under = [f"({fit[brackets][i]:.{digits}f})" for fit in fits]
        if below:
            lines += [[name, *top], ["", *under]]
        else:
            lines.append([name, *(f"{a} {b}" for a, b in zip(top, under, strict=True))])
    lines.append(["R2", *(f"{fit['r2']:.3f}" for fit in fits)])
    lines.append(["Adj. R2", *(f"{fit['adj']:.3f}" for fit in fits)])
    lines.append(["F", *(f"{fit['f']:.3f}" for fit in fits)])
    lines.append(["P", *(f"{fit['pf']:.3f}{stars(fit['pf'])}" for fit in fits)])
    lines.append(["N", *(str(fit["n"]) for fit in fits)])
    spec = {
        "kind": "regression", "parentheses": brackets, "errors": kind, "same_rows": same,
        "intercept": "Constant", "dummies": [f"x{j + 1}" for j in dummies],
    }  # fmt: skip
    if same:
        spec["means"] = {f"y{j + 1}": f"{Y[:, j].mean():.2f}" for j in range(Y.shape[1])}
    return PrintedTable(lines, spec)


def _frequencies(rng: np.random.Generator, n: int) -> list[PrintedTable]:
    tables = []
    for by_shares in (False, True):
        items = int(rng.integers(2, 8))
        lines = [["Item", *(f"answer={code}" for code in range(1, 6)), "Mean"]]
        counts = np.array(
            [rng.multinomial(n, rng.dirichlet(np.full(5, 3.0))) for _ in range(items)]
        )
        for row, line in enumerate(counts):
            mean = line @ np.arange(1, 6) / n
            cells = [f"{count}/{100 * count / n:.2f}" for count in line]
            lines.append([f"{row + 1}. Item", *cells, f"{mean:.2f}"])
        average = counts.mean(axis=0)
        shares = 100 * average / n if by_shares else 100 * np.rint(average) / n
        cells = [f"{round(a)}/{s:.2f}" for a, s in zip(average, shares, strict=True)]
        mean = (counts @ np.arange(1, 6) / n).mean()
        lines.append([f"The average of the above {items} items", *cells, f"{mean:.2f}"])
        tables.append(PrintedTable(lines, {"kind": "frequency", "n": n}))
    return tables


def _groups(rng: np.random.Generator, Y: np.ndarray) -> PrintedTable:
    high = rng.random(Y.shape[0]) < rng.uniform(0.3, 0.7)
    lines = [["outcome", f"Low group (N={int((~high).sum())})", f"High group (N={int(high.sum())})",
              "Difference", "T value", "P value"]]  # fmt: skip
    means = {}
    for j in range(Y.shape[1]):
        low, top = Y[~high, j], Y[high, j]
        test = stats.ttest_ind(top, low, equal_var=bool(rng.random() < 0.5))
        lines.append([
            f"y{j + 1}", f"{low.mean():.2f}", f"{top.mean():.2f}", f"{top.mean() - low.mean():.2f}",
            f"{test.statistic:.2f}", f"{test.pvalue:.3f}{stars(test.pvalue)}",
        ])  # fmt: skip
        means[f"y{j + 1}"] = f"{Y[:, j].mean():.2f}"
    return PrintedTable(lines, {"kind": "group_difference", "means": means})


def _descriptives(rng: np.random.Generator, n: int) -> PrintedTable:
    lines = [["Variable", "Mean", "Std. dev.", "Min", "Max", "N"]]
    ranges = {}
    for j in range(4):
        few = int(rng.integers(20, 90)) if j < 2 else n
        answers = rng.integers(1, 6, few)
        name = f"z{j + 1}"
        lines.append([name, f"{answers.mean():.2f}", f"{answers.std(ddof=1):.2f}",
                      str(answers.min()), str(answers.max()), str(few)])  # fmt: skip
        ranges[name] = [1, 5]
    return PrintedTable(lines, {"kind": "descriptive", "ranges": ranges})


def _levels(rng: np.random.Generator) -> PrintedTable:
    before = rng.integers(20, 4000, int(rng.integers(3, 12)))
    after = np.rint(before * rng.uniform(0.7, 1.6, before.size)).astype(int)
    lines = [["Sector", "2020", "Weight(%)", "2019", "Weight(%)", "Increase", "Growth(%)"]]

    def line(name: str, now: int, then: int) -> list[str]:
        return [name, str(now), f"{100 * now / after.sum():.1f}", str(then),
                f"{100 * then / before.sum():.1f}", str(now - then),
                f"{100 * (now / then - 1):.1f}"]  # fmt: skip

    lines.append(line("Total", int(after.sum()), int(before.sum())))
    lines += [
        line(f"Sector {j}", int(a), int(b))
        for j, (a, b) in enumerate(zip(after, before, strict=True))
    ]
    return PrintedTable(lines, {"kind": "composition"})


def _correlations(data: np.ndarray) -> PrintedTable:
    R = np.corrcoef(data.T)
    names = [f"v{j + 1}" for j in range(R.shape[0])]
    n = data.shape[0]
    lines = [["", *names]]
    for i, name in enumerate(names):
        cells = []
        for j in range(len(names)):
            if j > i:
                cells.append("")
                continue
            r = R[i, j]
            t = r * np.sqrt((n - 2) / max(1 - r * r, 1e-12))
            cells.append("1" if i == j else f"{r:.3f}{stars(2 * stats.t.sf(abs(t), n - 2))}")
        lines.append([name, *cells])
    return PrintedTable(lines, {"kind": "correlation"})


def _matching(rng: np.random.Generator, Y: np.ndarray) -> PrintedTable:
    treated = rng.random(Y.shape[0]) < 0.3
    parts = Y[:, :2] / 50
    outcomes = {"total": parts.sum(axis=1), "part one": parts[:, 0], "part two": parts[:, 1]}
    lines = [["Outcome", "Treated", "Control", "ATT", "Std. err.", "T value"]]
    for name, y in outcomes.items():
        a, b = y[treated], y[~treated]
        se = np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
        att = a.mean() - b.mean()
        lines.append([name, f"{a.mean():.4f}", f"{b.mean():.4f}", f"{att:.4f}", f"{se:.4f}",
                      f"{att / se:.2f}"])  # fmt: skip
    return PrintedTable(lines, {"kind": "matching", "parts": {"total": ["part one", "part two"]}})


ERRORS = ("digit", "sign", "base", "adjusted", "row")


def plant(paper: Sequence[PrintedTable], error: str, rng: np.random.Generator) -> int:
    """Put one error into the paper, in place; return which table it is in, −1 if none could be."""
    return {"digit": _digit, "sign": _sign, "base": _base, "adjusted": _adjusted, "row": _row}[
        error
    ](paper, rng)


def _digit(paper: Sequence[PrintedTable], rng: np.random.Generator) -> int:
    """Change one digit of one cell, not the last, by at least two."""
    place = int(rng.choice([1, 2, 3, 5]))
    lines = paper[place].lines
    row, column = int(rng.integers(1, len(lines))), int(rng.integers(1, len(lines[0])))
    cell = lines[row][column]
    digits = [at for at, letter in enumerate(cell) if letter.isdigit()][:-1]
    if not digits:
        return -1
    at = int(rng.choice(digits))
    changed = str((int(cell[at]) + int(rng.integers(2, 9))) % 10)
    lines[row][column] = cell[:at] + changed + cell[at + 1 :]
    return place if changed != cell[at] else -1


def _sign(paper: Sequence[PrintedTable], rng: np.random.Generator) -> int:
    lines = paper[0].lines
    if paper[0].spec["parentheses"] != "t":
        return -1
    rows = [at for at, line in enumerate(lines) if line[0].startswith("x")]
    at, column = int(rng.choice(rows)), int(rng.integers(1, len(lines[0])))
    cell = lines[at][column]
    lines[at][column] = cell[1:] if cell.startswith("-") else "-" + cell
    return 0


def _base(paper: Sequence[PrintedTable], rng: np.random.Generator) -> int:
    lines = paper[5].lines
    at = int(rng.integers(1, len(lines)))
    now, then = int(lines[at][1]), int(lines[at][3])
    wrong = f"{100 * (now - then) / now:.1f}"
    if wrong == lines[at][6]:
        return -1
    lines[at][6] = wrong
    return 5


def _adjusted(paper: Sequence[PrintedTable], rng: np.random.Generator) -> int:
    lines = paper[0].lines
    labels = {line[0]: at for at, line in enumerate(lines)}
    if lines[labels["R2"]][1:] == lines[labels["Adj. R2"]][1:]:
        return -1
    lines[labels["R2"]][1:] = lines[labels["Adj. R2"]][1:]
    del lines[labels["Adj. R2"]]
    return 0


def _row(paper: Sequence[PrintedTable], rng: np.random.Generator) -> int:
    """Give a coefficient the bracket of another row."""
    lines = paper[0].lines
    rows = [at for at, line in enumerate(lines) if line[0].startswith("x")]
    one, other = (int(at) for at in rng.choice(rows, 2, replace=False))
    column = int(rng.integers(1, len(lines[0])))
    below = lines[one + 1][0] == ""
    if below:
        lines[one + 1][column] = lines[other + 1][column]
    else:
        start = lines[one][column].partition(" (")[0]
        lines[one][column] = start + " (" + lines[other][column].partition(" (")[2]
    return 0
