"""Run by test_register_faults: the disk is full in the middle of an import."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from livelihoods.cooperatives.register import import_file, open_register
from livelihoods.errors import LivelihoodsError

HEAD = "cooperative,receipt,trade,member,day,product,unit,volume,value\n"


def ledger(folder: Path, rows: int) -> Path:
    path = folder / "patronage.csv"
    with path.open("w") as out:
        out.write(HEAD)
        for n in range(rows):
            out.write(f"C1,R{n * 7919 % 1000003},member,M1,2024-05-01,rice {n},kg,{n}.5,{n}.25\n")
    return path


def main(office: Path, room: int, rows: int) -> None:
    found: dict[str, object] = {}
    path = ledger(office.parent, rows)
    limit = office.stat().st_size + room
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        with open_register(office) as register:
            try:
                import_file(register, path)
                found["code"] = "none"
            except LivelihoodsError as error:
                found["code"], found["message"] = error.code, error.message()
    except BaseException as error:
        found["closing"] = f"{type(error).__name__}: {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with open_register(office) as register:
        found["rows"] = register.value("SELECT count(*) FROM book.patronage")
        found["batches"] = register.value("SELECT count(*) FROM book.batches")
        found["again"] = import_file(register, path).posted
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
