"""A small register that several tests fill, as files."""

from __future__ import annotations

from pathlib import Path

BASE = {
    "cooperatives": "cooperative,name,kind,registered_on\n"
    "C1,Rice,professional,2018-01-01\nC2,Tea,农民专业合作社,2019-01-01\n",
    "members": "合作社编号,成员编号,姓名,类别,入社日期\n"
    "C1,M1,甲,农民,2020-01-01\nC1,M2,乙,农民,2020-01-01\nC2,M1,丙,企业,2021-01-01\n",
    "exits": "cooperative,member,left_on,how\nC1,M2,2024-06-30,withdrawal\n",
    "grants": "cooperative,grant,kind,promised_on,promised\nC1,G1,subsidy,2023-01-01,1000\n",
}


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path
