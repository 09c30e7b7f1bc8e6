"""The house as data: floors, and the rooms allowed to be larger, each with its reason."""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "livelihoods"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "words", "notes", "typing"),
    ("numerics",),
    ("engine",),
    ("tables", "figures"),
    ("report",),
    ("survey",),
    ("design", "datasets"),
    ("measure", "describe"),
    ("estimate",),
    ("audit", "cooperatives"),
    ("policy",),
    ("study",),
    ("cli", "workbench"),
)
# The ground floor explains itself to itself: errors and notes speak through words.
GROUND_MAY_MEET = True

MODULE_LINES = 400
FUNCTION_LINES = 60

# "file" or "file::function" -> why it may be larger.
EXCEPTIONS: dict[str, str] = {}


def floor_of(room: str) -> int:
    for height, rooms in enumerate(FLOORS):
        if room in rooms:
            return height
    raise LookupError(f"{room} has no floor: add it to FLOORS as DESIGN.md says")


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")
