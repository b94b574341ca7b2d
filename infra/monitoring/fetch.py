"""Prometheus and Alertmanager from Debian's packages: installed by apt-get where they are missing, never started.

`python infra/monitoring/fetch.py` says as its last line where Alertmanager is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("prometheus", "prometheus-alertmanager")
BINARIES = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
_DEADLINE_S = 300
# Packages start their services where there is an init; run level 1 tells them that this is not the time.
_QUIETLY = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}


class MonitoringMissingError(Exception):
    """The binaries are not here and cannot be installed; the message says why."""


def binaries() -> dict[str, Path]:
    """Return the path of each binary; what is missing is installed first, where this is root on a Debian.

    Raises:
        MonitoringMissingError: they cannot be had.
    """
    if len(_found()) < len(BINARIES):
        _install()
    found = _found()
    if missing := [name for name in BINARIES if name not in found]:
        raise MonitoringMissingError(f"Debian's packages brought no {', '.join(missing)}")
    return found


def _found() -> dict[str, Path]:
    return {name: Path(where) for name in BINARIES if (where := shutil.which(name))}


def _install() -> None:
    if shutil.which("apt-get") is None:
        raise MonitoringMissingError("not installed, and there is no apt-get")
    if os.geteuid() != 0:
        raise MonitoringMissingError(f"not installed: apt-get install {' '.join(PACKAGES)} needs root")
    install = ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    if _apt(*install) != 0 and (_apt("update", "-qq") != 0 or _apt(*install) != 0):
        raise MonitoringMissingError(f"apt-get could not install {' '.join(PACKAGES)}")


def _apt(*words: str) -> int:
    command, environment = ["apt-get", *words], {**os.environ, **_QUIETLY}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=_DEADLINE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MonitoringMissingError(f"apt-get: {error}") from None
    return done.returncode


if __name__ == "__main__":
    try:
        print(binaries()["prometheus-alertmanager"])
    except MonitoringMissingError as missing:
        sys.exit(f"Prometheus and Alertmanager cannot be had: {missing}")
