"""Lines must come out of every archive alike, and a damaged one must be told in one sentence."""

import gzip
import sys
from pathlib import Path

import pytest
from backports import zstd

from tokentide.gateways.files import LINE_BYTES_MAX, read_lines
from tokentide.schemas.errors import UserError

TEXT = b'{"a":1}\n\n  \n{"b":2}\r\n{"c":3}'
PACKED = {".jsonl": bytes, ".jsonl.gz": gzip.compress, ".jsonl.zst": zstd.compress}


def write(folder: Path, suffix: str, data: bytes) -> Path:
    path = folder / f"trace{suffix}"
    path.write_bytes(PACKED[suffix](data))
    return path


@pytest.mark.parametrize("suffix", PACKED)
def test_lines_keep_their_numbers_and_blank_ones_are_no_records(tmp_path: Path, suffix: str) -> None:
    lines = [(line.number, line.text) for line in read_lines(write(tmp_path, suffix, TEXT))]
    assert lines == [(1, b'{"a":1}'), (4, b'{"b":2}'), (5, b'{"c":3}')]


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.zst"])
@pytest.mark.parametrize("kept", [0.3, 0.99])
def test_a_truncated_archive_is_named(tmp_path: Path, suffix: str, kept: float) -> None:
    path = write(tmp_path, suffix, b"".join(b'{"n":%d}\n' % number for number in range(50_000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UserError, match=r"trace\.jsonl\.\w+ is truncated"):
        list(read_lines(path))


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.zst"])
def test_a_file_that_is_no_archive_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"trace{suffix}"
    path.write_bytes(TEXT)
    with pytest.raises(UserError, match=r"trace.* is not a whole (gzip|zstd) file"):
        list(read_lines(path))


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, ".jsonl.gz", TEXT * 1000)
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UserError, match="not a whole gzip file"):
        list(read_lines(path))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.jsonl", tmp_path):
        with pytest.raises(UserError, match=path.name):
            list(read_lines(path))


def test_a_line_no_record_can_hold_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, ".jsonl.gz", b"{}\n" + b"x" * (LINE_BYTES_MAX + 1) + b"\n{}\n")
    with pytest.raises(UserError, match="line 2"):
        list(read_lines(path))


def test_the_longest_line_a_record_can_hold_passes(tmp_path: Path) -> None:
    path = write(tmp_path, ".jsonl.gz", b"x" * LINE_BYTES_MAX + b"\r\n{}\n")
    assert [len(line.text) for line in read_lines(path)] == [LINE_BYTES_MAX, 2]


def test_zstd_without_its_extra_names_the_pip_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, ".jsonl.zst", TEXT)
    for module in ("compression", "compression.zstd", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=r"pip install 'tokentide\[worker\]'"):
        list(read_lines(path))
