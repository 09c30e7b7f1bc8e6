"""The register: one embedded DuckDB file for a county's cooperatives, its tables as data."""

from livelihoods.cooperatives.register.corrections import correct_file
from livelihoods.cooperatives.register.imported import Import, TableImport
from livelihoods.cooperatives.register.imports import import_file
from livelihoods.cooperatives.register.posting import Posting
from livelihoods.cooperatives.register.schema import choices, heading, shape, shapes
from livelihoods.cooperatives.register.store import Register, create_register, open_register
from livelihoods.cooperatives.register.templates import write_templates
from livelihoods.cooperatives.register.trail import history, trail

__all__ = [
    "Import",
    "Posting",
    "Register",
    "TableImport",
    "choices",
    "correct_file",
    "create_register",
    "heading",
    "history",
    "import_file",
    "open_register",
    "shape",
    "shapes",
    "trail",
    "write_templates",
]
