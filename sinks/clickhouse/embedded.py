"""The folder of an embedded engine: who holds it, whether it was closed cleanly, where inserts pass through.

Two files of ours lie beside the engine's: `tokentide-clean.json` exists only while the engine is
cleanly closed; opening renames it to `tokentide-open.json`, which keeps the list of parts that were
known to be right, so that a repair after a crash looks only at partitions that changed since.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tokentide.schemas.errors import UserError

Parts = Mapping[str, frozenset[str]]
"""Names of the active data parts of each table."""

_CLEAN: Final = "tokentide-clean.json"
_OPEN: Final = "tokentide-open.json"
_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108  (a private folder is made inside it)


@dataclass(frozen=True, slots=True)
class Opening:
    """How the folder was found.

    Attributes:
        clean: closed cleanly, or never used.
        verified: parts known to be right at the last checkpoint; None if there never was one.
    """

    clean: bool
    verified: Parts | None


class EngineFolder:
    """One folder with one embedded engine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
        home = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        self._inserts = home / f"tokentide-{os.getuid()}-{name}"

    def prepare(self, *, readonly: bool = False) -> None:
        """Make sure the folder can be used by this process.

        Raises:
            UserError: it is missing (read-only), cannot be written, or another process holds it.
        """
        if readonly:
            if not (self.path / "metadata").exists():
                raise UserError(f"store {self.path}: there is no store in this folder to read")
            return self.refuse_if_locked()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"store {self.path}: the folder cannot be made ({error.strerror})") from None
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise UserError(f"store {self.path}: the folder is not writable by this user")
        return self.refuse_if_locked()

    def refuse_if_locked(self) -> None:
        """Raise UserError if an engine holds the folder (the engine itself would only log why it fails)."""
        try:
            with (self.path / "status").open("rb") as status:
                fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return
        except BlockingIOError:
            raise UserError(
                f"store {self.path}: another process holds this folder; "
                "stop it, or share the engine with `tokentide store`"
            ) from None
        except OSError as error:
            raise UserError(f"store {self.path}: the folder cannot be read ({error.strerror})") from None

    def begin(self) -> Opening:
        """Take note of how the folder was left and mark it open. The engine's lock must be held."""
        self._clear_inserts()
        clean, opened = self.path / _CLEAN, self.path / _OPEN
        was_clean = clean.exists()
        if was_clean:
            clean.replace(opened)
            _sync(self.path)
        return Opening(was_clean, _read_parts(opened) if opened.exists() else None)

    def checkpoint(self, parts: Parts) -> None:
        """Record parts as right while the engine stays open."""
        self._write(_OPEN, parts)

    def finish(self, parts: Parts) -> None:
        """Mark the folder cleanly closed. Nothing may be written to the engine afterwards."""
        self._write(_OPEN, parts)
        (self.path / _OPEN).replace(self.path / _CLEAN)
        _sync(self.path)

    def release(self) -> None:
        """Remove the private folder that inserts pass through."""
        shutil.rmtree(self._inserts, ignore_errors=True)

    @contextmanager
    def passage(self) -> Iterator[Path]:
        """Yield a private file name for the bytes of one insert; the file is gone afterwards."""
        self._inserts.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".arrow", dir=self._inserts)
        os.close(handle)
        try:
            yield Path(name)
        finally:
            os.unlink(name)

    def _clear_inserts(self) -> None:
        """Make the private folder anew: a killed process may have left rows in it."""
        self.release()
        try:
            self._inserts.mkdir(mode=0o700)
        except OSError as error:
            raise UserError(f"{self._inserts}: cannot be made for inserts ({error.strerror})") from None

    def _write(self, name: str, parts: Parts) -> None:
        text = json.dumps({table: sorted(names) for table, names in parts.items()})
        draft = self.path / f"{name}.draft"
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / name)
        _sync(self.path)


def _read_parts(file: Path) -> Parts | None:
    """Return the recorded parts; an unreadable record counts as none, so that everything is checked."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {str(table): frozenset(map(str, names)) for table, names in content.items()}
    except (ValueError, AttributeError, TypeError):
        return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
