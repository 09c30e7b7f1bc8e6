"""Run by test_register_faults: posts, is killed at a random moment, and looks what is left.

The modules are loaded once; each round is a fork of this process, so that a kill hits the posting
and not the start of an interpreter.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

from livelihoods.cooperatives.register import Register, import_file, open_register

ROWS, SHARES = 200, 40
HEAD = "cooperative,receipt,trade,member,day,product,unit,volume,value\n"
NAMES = ("surplus", "reserve", "distributable", "other_base", "patronage", "residual")


def ledger(folder: Path, mark: str) -> Path:
    path = folder / "patronage.csv"
    row = "C1,{}-{},member,M1,2024-05-01,rice,kg,1.5,3.25\n"
    path.write_text(HEAD + "".join(row.format(mark, n) for n in range(ROWS)))
    return path


def close_year(register: Register, year: int) -> int:
    """What a close does: several tables, and the withdrawal of an older one."""
    zeros = {f"{name}_cents": [0] for name in NAMES}
    head = pl.DataFrame(
        {"cooperative": ["C2"], "year": [year], "closed_on": [date(2025, 1, 31)],
         "base": ["year"], "charter": ["{}"], **zeros}
    )  # fmt: skip
    parts = ("patronage", "residual", "reserve_credit", "converted")
    shares = pl.DataFrame(
        {"cooperative": ["C2"] * SHARES, "year": [year] * SHARES,
         "member": [f"M{n}" for n in range(SHARES)],
         **{f"{name}_cents": [1] * SHARES for name in parts}}
    )  # fmt: skip
    with register.post("close") as posting:
        entry = posting.append("closings", head)
        posting.append("distributions", shares)
        posting.withdraw("closings", [entry], "tried")
    return posting.batch


def post_for_ever(office: Path, told: int, mark: str) -> None:
    with open_register(office) as register:
        os.write(told, b"r\n")
        # Rounds start with either kind, so that both are met early and late.
        for count in range(int(mark.split("-")[1]) % 2, 100_000):
            os.write(told, b"b\n")
            if count % 2:
                batch = close_year(register, 1900 + count % 300)
            else:
                done = import_file(register, ledger(office.parent, f"{mark}-{count}"))
                assert done.batch is not None
                batch = done.batch
            os.write(told, b"e%d\n" % batch)


def left(office: Path, told: int) -> None:
    """Say what is in the register after the kill."""
    with open_register(office) as register:
        batches = register.frame("SELECT batch, kind, rows FROM book.batches ORDER BY batch")
        found = {"batches": batches["batch"].to_list(), "wrong": []}
        for batch, kind, rows in batches.rows():
            counts = [
                int(register.value(f"SELECT count(*) FROM book.{table} WHERE batch = ?", [batch]))
                for table in ("patronage", "closings", "distributions", "withdrawals")
            ]
            want = [ROWS, 0, 0, 0] if kind == "import" else [0, 1, SHARES, 1]
            if counts != want and rows in (ROWS, SHARES + 1):
                found["wrong"].append([batch, counts])
        for table in ("patronage", "closings", "distributions", "withdrawals"):
            stray = register.value(
                f"SELECT count(*) FROM book.{table} ANTI JOIN book.batches USING (batch)"
            )
            if stray:
                found["wrong"].append([table, stray])
    os.write(told, json.dumps(found).encode())


def forked(work: object, *arguments: object) -> tuple[int, int]:
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        try:
            work(arguments[0], writes, *arguments[1:])  # type: ignore[operator]
            os._exit(0)
        except BaseException as error:
            os.write(writes, f"fault {type(error).__name__}: {error}".encode())
            os._exit(1)
    os.close(writes)
    return child, reads


def all_of(reads: int) -> str:
    with os.fdopen(reads, "rb") as stream:
        return stream.read().decode()


def main(office: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: set[int] = set()
    inside, wrong = 0, []
    for number in range(rounds):
        child, reads = forked(post_for_ever, office, f"{seed}-{number}")
        assert os.read(reads, 2) == b"r\n"
        time.sleep(chance.uniform(0.0, 0.8))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = all_of(reads).split()
        acknowledged |= {int(line[1:]) for line in lines if line.startswith("e")}
        inside += bool(lines) and lines[-1] == "b"
        child, reads = forked(left, office)
        told = all_of(reads)
        os.waitpid(child, 0)
        if not told.startswith("{"):
            wrong.append(told)
            continue
        state = json.loads(told)
        wrong += state["wrong"]
        wrong += [["lost", batch] for batch in sorted(acknowledged - set(state["batches"]))]
    sys.stdout.write(
        json.dumps({"inside": inside, "acknowledged": len(acknowledged), "wrong": wrong})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
