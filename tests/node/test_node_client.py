"""The official client for Node.js meets a ClickHouse server in front of it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.store_process import StoreProcess

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="NODE TESTS SKIPPED: node and npm are not installed; the npm client was not tried",
    ),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, installed by npm outside the repository."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "test.mjs"):
        shutil.copy(HERE / name, folder)
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"],
        cwd=folder,
        check=True,
        timeout=240,
    )
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreProcess]:
    with StoreProcess.start(tmp_path / "data") as running:
        yield running
        assert running.stop() == 0


def test_the_npm_client_reads_writes_streams_and_sees_errors(project: Path, store: StoreProcess) -> None:
    with store.client() as client:
        client.command("CREATE DATABASE npm")
    done = subprocess.run(
        ["node", "test.mjs", store.url, "npm"],
        cwd=project,
        env={**os.environ, "STORE_PASSWORD": store.password},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"passed": True}
