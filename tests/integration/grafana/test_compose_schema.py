"""docker-compose.yml through the library Docker Compose loads it with: schema, merges, variables, paths."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[3]
SOURCE = Path(__file__).parent / "compose"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go")
    if go is None:
        pytest.skip("NOT RUN: there is no Go on this machine, so docker-compose.yml was not loaded as Docker does")
    target = tmp_path_factory.mktemp("compose") / "check"
    built = subprocess.run(
        [go, "build", "-o", str(target), "."], cwd=SOURCE, capture_output=True, text=True, check=False
    )
    if built.returncode and ("dial tcp" in built.stderr or "lookup" in built.stderr):
        pytest.skip(
            "NOT RUN: Go's modules cannot be fetched here, so docker-compose.yml was not loaded as Docker does"
        )
    assert built.returncode == 0, built.stderr
    return target


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make env` writes."""
    file = tmp_path_factory.mktemp("env") / ".env"
    subprocess.run([sys.executable, PROJECT / "infra/docker/env.py", file], check=True, capture_output=True)
    return file


def load(program: Path, file: Path, env: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), str(PROJECT), str(file), str(env)], capture_output=True, text=True, check=False, env={}
    )


def changed(folder: Path, old: str, new: str) -> Path:
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    assert old in text
    file = folder / "docker-compose.yml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_the_file_is_loaded_whole(program: Path, env: Path) -> None:
    done = load(program, PROJECT / "docker-compose.yml", env)

    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    services = found["services"]
    assert set(services) >= {"kafka", "clickhouse", "worker-1", "worker-2", "grafana", "simulator"}
    drawn = dict(line.split("=") for line in env.read_text(encoding="utf-8").split())
    store = services["worker-2"]["environment"]["TOKENTIDE_STORE"]
    assert store == f"clickhouse://tokentide:{drawn['CLICKHOUSE_PASSWORD']}@clickhouse:8123/tokentide"
    assert services["worker-1"]["cap_drop"] == ["ALL"]
    for service in services.values():
        for mount in service.get("volumes", ()):
            assert mount["type"] == "volume" or Path(mount["source"]).exists(), mount


def test_without_the_generated_secrets_nothing_starts(program: Path, tmp_path: Path) -> None:
    empty = tmp_path / ".env"
    empty.write_text("", encoding="utf-8")

    done = load(program, PROJECT / "docker-compose.yml", empty)

    assert done.returncode == 1
    assert "run make env" in done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    healthcheck:\n", "    healthchek:\n"),
        ("condition: service_healthy", "condition: service_well"),
        ("[kafka-data:/var/lib/kafka/data]", "[unknown-data:/var/lib/kafka/data]"),
        ("      kafka:\n        condition", "      nobody:\n        condition"),
    ],
    ids=["misspelt key", "unknown condition", "undeclared volume", "unknown service"],
)
def test_a_mistake_is_found(program: Path, env: Path, tmp_path: Path, old: str, new: str) -> None:
    assert load(program, changed(tmp_path, old, new), env).returncode == 1
