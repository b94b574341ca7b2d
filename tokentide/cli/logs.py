"""What a command says beside its result: our own warnings and errors, not what its libraries think of them."""

import logging
from typing import Final

_FAUSTS_OWN: Final = "tokentide.streams.transport"
"""The name Faust logs under for what subclasses its classes."""


def speak_plainly() -> None:
    """Warnings of ours to standard error; a library's say is in the one sentence a command ends with."""
    logging.basicConfig(level=logging.WARNING, format="tokentide: %(message)s")
    logging.getLogger("tokentide").setLevel(logging.WARNING)
    _hear_libraries(logging.CRITICAL)


def keep_a_log() -> None:
    """Lines with time and level, for a process that runs on its own; libraries stay silent until it works."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, force=True)
    logging.getLogger("tokentide").setLevel(logging.INFO)
    _hear_libraries(logging.CRITICAL)


def hear_libraries() -> None:
    """From now on what the libraries warn of is news and not an echo of our own error."""
    _hear_libraries(logging.WARNING)


def _hear_libraries(level: int) -> None:
    for name in ("", _FAUSTS_OWN):
        logging.getLogger(name).setLevel(level)
