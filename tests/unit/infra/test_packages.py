"""The wheel has every package and every file that the rooms read: an editable install would hide a missing one."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("schemas", "gateways", "streams", "sinks", "reports")
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_every_package_of_every_room_is_listed() -> None:
    inner = {folder for room in ROOMS for folder in (ROOT / room).rglob("__init__.py")}
    found = {"tokentide." + ".".join(each.parent.relative_to(ROOT).parts) for each in inner}
    assert {name for name in SETUP["packages"] if name.partition(".")[2].partition(".")[0] in ROOMS} == found


def test_every_file_beside_the_code_is_packed() -> None:
    packed = {
        path
        for package, patterns in SETUP["package-data"].items()
        if package != "*"
        for pattern in patterns
        for path in (ROOT / Path(*package.split(".")[1:])).glob(pattern)
    }
    beside = {
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*.*")
        if path.is_file() and path.suffix not in (".py", ".pyc", ".typed", ".md")
    }
    assert beside - packed == set()
