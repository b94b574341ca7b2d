"""What a command says beside its result: our own warnings and errors, not what its libraries think of them."""

import logging
from typing import Final

_FAUSTS_OWN: Final = "tokentide.streams.transport"
"""The name Faust logs under for what subclasses its classes."""

_RETRIES: Final = "urllib3.connectionpool"
"""Warns of every connection refused, with the whole address; the loop that waits says so once, in words."""


class Libraries(logging.Filter):
    """Lets our own records pass, and those of libraries from `level` on, whatever levels these set themselves."""

    level = logging.CRITICAL

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be heard."""
        ours = record.name.startswith("tokentide.") and record.name != _FAUSTS_OWN
        least = logging.ERROR if record.name == _RETRIES else logging.NOTSET
        return ours or record.levelno >= max(self.level, least)


_libraries: Final = Libraries()


def speak_plainly() -> None:
    """Warnings of ours to standard error; a library's say is in the one sentence a command ends with."""
    _listen(logging.WARNING, "tokentide: %(message)s")


def keep_a_log() -> None:
    """Lines with time and level, for a process that runs on its own; libraries stay silent until it works."""
    _listen(logging.INFO, "%(asctime)s %(levelname)s %(name)s: %(message)s")


def hear_libraries() -> None:
    """From now on what the libraries warn of is news and not an echo of our own error."""
    _libraries.level = logging.WARNING


def _listen(level: int, form: str) -> None:
    _libraries.level = logging.CRITICAL
    handler = logging.StreamHandler()
    handler.addFilter(_libraries)
    logging.basicConfig(level=level, format=form, handlers=[handler], force=True)
