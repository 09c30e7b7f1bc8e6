"""The register: one embedded DuckDB file for a county's cooperatives, its tables as data."""

from livelihoods.cooperatives.register.imported import Import, TableImport
from livelihoods.cooperatives.register.imports import import_file
from livelihoods.cooperatives.register.posting import Posting
from livelihoods.cooperatives.register.schema import choices, heading, shape, shapes
from livelihoods.cooperatives.register.store import Register, create_register, open_register

__all__ = [
    "Import",
    "Posting",
    "Register",
    "TableImport",
    "choices",
    "create_register",
    "heading",
    "import_file",
    "open_register",
    "shape",
    "shapes",
]
