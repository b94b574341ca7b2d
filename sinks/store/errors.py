"""What the store answers when something is refused or fails, in ClickHouse's own codes and words."""

import re
import secrets
import string
from typing import Final

_CODE: Final = re.compile(r"Code: (\d+)\. DB::\w*Exception: ")
_NAME: Final = re.compile(r"\(([A-Z][A-Z0-9_]+)\)\s*(?:\(version [^)]*\)\s*)?$")
_STATUS: Final = {
    27: 400,
    60: 404,
    62: 400,
    81: 404,
    115: 400,
    117: 400,
    159: 408,
    164: 403,
    202: 503,
    497: 403,
    516: 403,
}
TAG_LENGTH: Final = 16


class StoreError(Exception):
    """A refused or failed request.

    Attributes:
        code: ClickHouse's error number.
        name: its name, such as SYNTAX_ERROR.
        text: what happened, without code and name.
    """

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.name = name
        self.text = text

    @property
    def status(self) -> int:
        """HTTP status that goes with the code."""
        return _STATUS.get(self.code, 500)

    def body(self, version: str) -> str:
        """Return the answer's text, in the shape clients parse."""
        return f"Code: {self.code}. DB::Exception: {self.text} ({self.name}) (version {version})\n"


def from_engine(error: BaseException) -> StoreError:
    """Turn what the engine raised into a StoreError, keeping its code and name."""
    message = str(error)
    found = _CODE.search(message)
    if found is None:
        return StoreError(1002, "UNKNOWN_EXCEPTION", message.strip() or type(error).__name__)
    text = message[found.end() :].strip()
    if found[1] == "497" and "READ ON FILE" in text:
        # The database `default` of an embedded engine looks for a file when it has no table of the name.
        return StoreError(60, "UNKNOWN_TABLE", "A table that the query names does not exist")
    name = _NAME.search(text)
    if name is None:
        return StoreError(int(found[1]), "UNKNOWN_EXCEPTION", text)
    return StoreError(int(found[1]), name[1], text[: name.start()].strip())


def syntax(text: str) -> StoreError:
    """Return the error for a request that cannot be read as one statement."""
    return StoreError(62, "SYNTAX_ERROR", text)


def denied(text: str) -> StoreError:
    """Return the error for something this store does not do for anyone."""
    return StoreError(497, "ACCESS_DENIED", text)


def new_tag() -> str:
    """Return the random tag that marks the end of an answer which failed on the way."""
    letters = string.ascii_lowercase
    return "".join(secrets.choice(letters) for _ in range(TAG_LENGTH))


def tail(error: StoreError, tag: str, version: str) -> bytes:
    r"""Return what follows the data when an answer fails after its headers were sent.

    The shape is `\r\n__exception__\r\n<tag>\r\n<message>\n<length> <tag>\r\n__exception__\r\n`.
    """
    message = error.body(version).encode()
    return (
        b"\r\n__exception__\r\n"
        + tag.encode()
        + b"\r\n"
        + message
        + f"{len(message)} {tag}".encode()
        + b"\r\n__exception__\r\n"
    )
