"""A store without room says so in one sentence, nothing is confirmed, and with room everything counts once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[3]
NO_MOUNT = 3

pytestmark = pytest.mark.timeout(280)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("disk", "its disk is full: make room there"), ("memory", "it is short of memory: give it more")],
)
def test_a_store_without_room_is_named_confirms_nothing_and_catches_up(
    tmp_path: Path, kind: str, sentence: str
) -> None:
    home, out = tmp_path / "home", tmp_path / "out.json"
    home.mkdir()
    code = subprocess.run(
        [sys.executable, "-m", "support.engine_shortage", kind, str(home), str(out)],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE / "tests"), os.environ.get("PYTHONPATH", "")])},
        check=False,
    ).returncode
    if code == NO_MOUNT:
        pytest.skip("this user may not mount a file system")
    assert code == 0
    found = json.loads(out.read_text())
    assert f"store chdb://{home / 'engine'}: {sentence}" in found["said"]
    assert "Traceback" not in found["said"]
    assert max(found["confirmed"]) < 600
    assert (found["lost"], found["doubled"], found["differences"]) == (0, 0, [])
