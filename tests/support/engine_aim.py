"""SIGKILL at the very commit of a table: the kernel stops the process at the system call and asks us.

A part of a plain MergeTree is written under a temporary name, its token is logged, then the folder is
renamed. A seccomp filter hands every mkdir and rename of a child to its parent (`user_notif`), which
looks at the path and may kill the child before the call has any effect, or let it pass and kill then.
Source: seccomp_unotify(2), ClickHouse `src/Storages/MergeTree/MergeTreeSink.cpp`.
"""

import contextlib
import ctypes
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MOMENTS = ("part begun", "token logged", "part in place")
"""Before the part's folder is made; token logged but the part not renamed; just after the rename, 0 to 5 ms."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_SET_NO_NEW_PRIVILEGES, _SET_MODE_FILTER, _NEW_LISTENER = 38, 1, 8
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_RECEIVE, _SEND, _PASS = 0xC0502100, 0xC0182101, 1
_NOTE, _PATH_MOST = 80, 4096


class Calls(NamedTuple):
    """Numbers of system calls: seccomp itself, and by name those watched with the place of their (last) path."""

    seccomp: int
    makes: dict[int, int]
    renames: dict[int, tuple[int, int]]


_CALLS = {
    "x86_64": Calls(317, {83: 0, 258: 1}, {82: (0, 1), 264: (1, 3), 316: (1, 3)}),
    "aarch64": Calls(277, {34: 1}, {38: (1, 3), 276: (1, 3)}),
}


def possible() -> bool:
    """Whether this machine can stop a child at a system call."""
    actions = Path("/proc/sys/kernel/seccomp/actions_avail")
    return platform.machine() in _CALLS and actions.exists() and "user_notif" in actions.read_text()


@dataclass(frozen=True)
class Aim:
    """Kill at a moment of the `nth` part (from 1) that an insert writes into a table.

    `delay_s` is how long after the rename, for the last moment.
    """

    table: str
    moment: str
    nth: int
    delay_s: float = 0.0


def submit(channel: socket.socket) -> None:
    """In the child: from now on its mkdirs and renames wait for the other end of `channel`."""
    calls = _CALLS[platform.machine()]
    watched = [*calls.makes, *calls.renames]
    program = [struct.pack("HBBI", _LOAD, 0, 0, 0)]
    program += [struct.pack("HBBI", _EQUAL, len(watched) - place, 0, call) for place, call in enumerate(watched)]
    program += [struct.pack("HBBI", _RETURN, 0, 0, _ALLOW), struct.pack("HBBI", _RETURN, 0, 0, _NOTIFY)]
    text = ctypes.create_string_buffer(b"".join(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(text)))
    _LIBC.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    listener = _LIBC.syscall(calls.seccomp, _SET_MODE_FILTER, _NEW_LISTENER, header)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    socket.send_fds(channel, [b"."], [listener])
    os.close(listener)


def watch(channel: socket.socket, pid: int, aim: Aim, folder: Path) -> bool:
    """In the parent: let calls pass until the aimed one; kill there. False if the child ended before."""
    _, listeners, _, _ = socket.recv_fds(channel, 1, 1)
    if not listeners:
        return False
    marksman = _Marksman(pid, aim, folder)
    try:
        for note in _notes(listeners[0]):
            if marksman.shoots(note, lambda note=note: _let_pass(listeners[0], note)):
                os.kill(pid, signal.SIGKILL)
                return True
        return False
    finally:
        os.close(listeners[0])


class _Note(NamedTuple):
    """A call that waits."""

    number: int
    thread: int
    call: int
    arguments: tuple[int, ...]


def _notes(listener: int) -> Iterator[_Note]:
    """Yield the calls of the child until it is gone."""
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while not waiting.poll()[0][1] & (select.POLLHUP | select.POLLERR):
        buffer = bytearray(_NOTE)
        with contextlib.suppress(FileNotFoundError):  # the thread died meanwhile
            fcntl.ioctl(listener, _RECEIVE, buffer)
            number, thread, _, call, _, _, *arguments = struct.unpack("QIIiIQ6Q", buffer)
            yield _Note(number, thread, call, tuple(arguments))


def _let_pass(listener: int, note: _Note) -> None:
    with contextlib.suppress(FileNotFoundError):
        fcntl.ioctl(listener, _SEND, bytearray(struct.pack("QqiI", note.number, 0, 0, _PASS)))


class _Marksman:
    """Counts the parts of one table and knows when to shoot."""

    def __init__(self, pid: int, aim: Aim, folder: Path) -> None:
        self._pid, self._aim = pid, aim
        self._calls = _CALLS[platform.machine()]
        self._home = (folder / "data" / "default" / aim.table).resolve()
        self._seen = 0

    def shoots(self, note: _Note, let_pass: Callable[[], None]) -> bool:
        """Whether to kill now; every call that is not shot at passes."""
        if self._aim.moment == MOMENTS[0]:
            hit = note.call in self._calls.makes and self._is_part(note, self._calls.makes[note.call])
            return self._counted(hit) or bool(let_pass())
        old, new = self._calls.renames.get(note.call, (0, 0))
        hit = new > 0 and self._is_part(note, old)
        if self._aim.moment == MOMENTS[1]:
            return self._counted(hit) or bool(let_pass())
        target = self._path(note, new) if hit else None
        let_pass()
        return target is not None and self._counted(hit) and self._in_place(target)

    def _counted(self, hit: bool) -> bool:
        self._seen += hit
        return hit and self._seen == self._aim.nth

    def _is_part(self, note: _Note, place: int) -> bool:
        path = self._path(note, place)
        return path.name.startswith("tmp_insert_") and path.parent.resolve() == self._home

    def _in_place(self, target: Path) -> bool:
        end = time.monotonic() + 1.0
        while not target.exists() and time.monotonic() < end:
            pass
        time.sleep(self._aim.delay_s)
        return True

    def _path(self, note: _Note, place: int) -> Path:
        """Read the text a call points to; a name with no slash at its end."""
        with open(f"/proc/{note.thread}/mem", "rb", 0) as memory:
            memory.seek(note.arguments[place])
            raw = memory.read(_PATH_MOST).partition(b"\0")[0]
        return Path(os.fsdecode(raw.rstrip(b"/")))
