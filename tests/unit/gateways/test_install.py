"""A gateway that installs the producer gets the base dependencies, and keeps its own modules' names."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.providers import Broker

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("schemas", "gateways", "streams", "sinks", "reports")
HEAVY = (
    *("faust", "mode", "pyarrow", "numpy", "pandas", "msgspec", "xxhash", "chdb", "clickhouse_connect"),
    *("confluent_kafka", "aiohttp", "lz4", "zstandard", "backports", "hypothesis"),
)

BLOCKED = f"""
import pkgutil, sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Block())
import tokentide.gateways as room
for module in pkgutil.walk_packages(room.__path__, "tokentide.gateways."):
    # the simulator needs numpy, and says so when it is called
    if ".simulation." not in module.name:
        __import__(module.name)
others = {{name for name in sys.modules if name.startswith("tokentide.")}}
assert not [name for name in others if name.split(".")[1] not in ("gateways", "schemas")], others
print("imported", room.UsageProducer.__name__)
"""

APP = f"""
import asyncio, importlib, sys

mine = [importlib.import_module(name) for name in {ROOMS!r}]
assert all(module.OWNER == "the app" for module in mine)

from tokentide.gateways import UsageEvent, UsageProducer

async def main():
    tokens = {{"prompt_tokens": 3, "completion_tokens": 4}}
    event = UsageEvent(event_id="e1", event_time=1767571200000, model="a/b", **tokens)
    async with UsageProducer(sys.argv[1], topic=sys.argv[2]) as producer:
        print("delivered", (await (await producer.send(event))).offset)

asyncio.run(main())
assert all(sys.modules[name].OWNER == "the app" for name in {ROOMS!r})
for name in {HEAVY!r}:
    assert importlib.util.find_spec(name) is None, name + " is installed: this is no base install"
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_room_imports_with_the_base_install_alone(tmp_path: Path) -> None:
    assert run(sys.executable, "-c", BLOCKED, cwd=tmp_path) == "imported UsageProducer\n"


@pytest.mark.broker("embedded")
def test_the_wheel_publishes_from_an_app_that_owns_our_rooms_names(tmp_path: Path, broker: Broker) -> None:
    wheel = build_wheel(tmp_path)
    python = base_install(tmp_path / "venv", wheel)
    app = tmp_path / "app"
    app.mkdir()
    for room in ROOMS:
        (app / f"{room}.py").write_text('OWNER = "the app"\n')
    (app / "main.py").write_text(APP)
    assert run(python, "main.py", broker.url, broker.topic(1), cwd=app) == "delivered 0\n"


def build_wheel(folder: Path) -> Path:
    """Build from a copy, so that nothing is left in the checkout."""
    source = folder / "source"
    shutil.copytree(
        ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(".*", "build", "out", "tests", "bench")
    )
    offline = ["--no-build-isolation"] if int(version("setuptools").partition(".")[0]) >= 77 else []
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *offline, "-w", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


def base_install(folder: Path, wheel: Path) -> Path:
    """Make an environment of the wheel and what it requires without extras, borrowed from this one."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    )
    (packages,) = folder.glob("lib/python*/site-packages")
    (metadata,) = packages.glob("tokentide-*.dist-info")
    for found in closure(Distribution.at(metadata)):
        for name in {path.parts[0] for path in found.files or () if path.parts[0] not in ("..", "__pycache__")}:
            (packages / name).symlink_to(Path(str(found.locate_file(name))))
    return python


def closure(root: Distribution) -> Iterator[Distribution]:
    """Everything `root` requires, directly or not, with the extras asked for."""
    waiting, seen = [(root, "")], set()
    while waiting:
        owner, extra = waiting.pop()
        for requirement in map(Requirement, owner.requires or ()):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            for wanted in ("", *requirement.extras):
                if (requirement.name, wanted) not in seen:
                    seen.add((requirement.name, wanted))
                    waiting.append((distribution(requirement.name), wanted))
    yield from {canonicalize_name(name): distribution(name) for name, _ in seen}.values()
