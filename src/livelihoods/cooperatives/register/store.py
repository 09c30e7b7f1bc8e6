"""One DuckDB file that keeps a county's cooperatives: transactional and append-only.

What was posted stays: raw rows stand in the schema ``book`` with their entry number, batch and
line of the source. A correction is a new entry beside a withdrawal of the old one. The views in
the main schema show what holds now; everything that reads goes through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from livelihoods.cooperatives.register.arrow import Stream
from livelihoods.cooperatives.register.faults import first_line, named
from livelihoods.cooperatives.register.layout import FORMAT, layout
from livelihoods.cooperatives.register.posting import Posting
from livelihoods.cooperatives.register.schema import shape
from livelihoods.errors import DataError, LivelihoodsError, OutputError, SpecError

if TYPE_CHECKING:
    import duckdb

PostingKind = Literal["import", "close", "correct", "demo"]
# No file, network or extension is reached from SQL, and nothing can switch that on again.
_CLOSED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
# What the database says when somebody else has the file, or this program has it in another mode.
_BUSY = ("lock on file", "different configuration")


class Register:
    """An open register. Use it in a ``with`` block; made by ``create_register``/``open_register``.

    Attributes
    ----------
    path
        The file.
    read_only
        Whether nothing can be posted.
    """

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.connection = connection

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was posted is on disk already."""
        self.connection.close()

    @property
    def synthetic(self) -> bool:
        """Whether a synthetic county was posted into it: what is made from it must say so."""
        return bool(self.value("SELECT count(*) FROM book.batches WHERE kind = 'demo'"))

    def frame(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pl.DataFrame:
        """Return the answer to a query of the program's own as a Polars frame.

        Parameters
        ----------
        query
            SQL over the register's tables; values go into ``parameters``, never into the text.
        parameters
            One value for each ``?``, or by name for each ``$name``.
        """
        given = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
        with named(self.path):
            return pl.DataFrame(Stream(self.connection.sql(query, params=given)))

    def value(self, query: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first value of the first row, or None."""
        with named(self.path):
            row = self.connection.execute(query, list(parameters)).fetchone()
            self.connection.execute("SELECT 1").fetchall()
        return None if row is None else row[0]

    def table(self, name: str, cooperative: str | None = None) -> pl.DataFrame:
        """Return what holds now in a table, of one cooperative or of all, in the order posted."""
        names = ", ".join(f'"{column}"' for column in shape(name).names)
        where = "" if cooperative is None else " WHERE cooperative = ?"
        given = () if cooperative is None else (cooperative,)
        return self.frame(f'SELECT {names} FROM "{name}"{where} ORDER BY entry', given)

    @contextmanager
    def post(
        self,
        kind: PostingKind,
        *,
        source: str = "",
        digest: str = "",
        author: str = "",
        note: str = "",
    ) -> Iterator[Posting]:
        """Open a batch: everything appended inside the block is kept, or nothing.

        Parameters
        ----------
        kind
            What the batch is.
        source, digest
            Name of the file it comes from, and a digest of what was read.
        author, note
            Who posts, and a remark.

        Raises
        ------
        DataError
            If the register is open for reading only.
        OutputError
            If the disk is full or the file cannot be written; the register is as before.
        """
        if self.read_only:
            raise DataError("cooperatives.read_only", file=str(self.path))
        with named(self.path):
            self.connection.execute("BEGIN TRANSACTION")
        try:
            batch = int(self.value("SELECT coalesce(max(batch), 0) + 1 FROM book.batches"))
            posting = Posting(self, batch)
            yield posting
            posting.finish(kind, source, digest, author, note)
            with named(self.path):
                self.connection.execute("COMMIT")
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        import duckdb

        try:
            self.connection.execute("ROLLBACK")
        except duckdb.Error:
            # The failed statement (a full disk) has ended the transaction itself.
            return


def create_register(path: str | Path, office: str = "") -> Register:
    """Make an empty register and open it.

    Parameters
    ----------
    path
        File to make, by custom ``*.duckdb``.
    office
        Name of the office or cooperative that keeps it.

    Raises
    ------
    OutputError
        If the file exists already or cannot be made.
    """
    path = Path(path)
    if path.exists():
        raise OutputError("cooperatives.register_exists", file=str(path))
    # Made beside its place and renamed: a register is whole or absent.
    partial = path.with_name(path.name + ".partial")
    _discard(partial)
    try:
        with _connected(partial, False) as register:
            for statement in layout(office):
                register.connection.execute(statement.text, statement.values)
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("cooperatives.register_io", file=str(path), problem=reason) from error
    finally:
        _discard(partial)
    return open_register(path)


def open_register(path: str | Path, read_only: bool = False) -> Register:
    """Open a register.

    Parameters
    ----------
    path
        The file.
    read_only
        Open without the right to post; several may then read at once.

    Raises
    ------
    DataError
        If there is no such file, it is no register, another process has it open, or it comes from
        a newer version of the program.
    """
    path = Path(path)
    if not path.exists():
        raise DataError("cooperatives.register_absent", file=str(path))
    register = _connected(path, read_only)
    try:
        found = register.value("SELECT value FROM book.facts WHERE name = 'format'")
    except LivelihoodsError as error:
        register.close()
        raise DataError("cooperatives.no_register", file=str(path)) from error
    if found != str(FORMAT):
        register.close()
        raise DataError("cooperatives.register_format", file=str(path), found=found, known=FORMAT)
    return register


def _connected(path: Path, read_only: bool) -> Register:
    try:
        import duckdb
    except ImportError as error:
        raise SpecError("cooperatives.no_duckdb") from error
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=dict(_CLOSED))
    except duckdb.Error as error:
        text = str(error)
        if any(sign in text for sign in _BUSY):
            raise DataError("cooperatives.register_busy", file=str(path)) from error
        if not path.exists():
            raise OutputError(
                "cooperatives.register_io", file=str(path), problem=first_line(text)
            ) from error
        raise DataError("cooperatives.no_register", file=str(path)) from error
    return Register(path, connection, read_only)


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
