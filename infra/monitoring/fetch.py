"""Prometheus and Alertmanager from Debian's packages, unpacked beside the checkout: nothing is installed or started.

    python infra/monitoring/fetch.py        # last line: the folder with the binaries
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("prometheus", "prometheus-alertmanager")
BINARIES = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
_DEADLINE_S = 300


class MonitoringMissingError(Exception):
    """The binaries are not here and cannot be fetched; the message says why."""


def work_dir() -> Path:
    """Folder of what was fetched: `.work/monitoring` of the checkout, git-ignored."""
    return Path(__file__).resolve().parents[2] / ".work" / "monitoring"


def binaries() -> dict[str, Path]:
    """Return the path of each binary: those installed, else those fetched before, else fetched now.

    Raises:
        MonitoringMissingError: this is no Debian, or its archive cannot be reached.
    """
    found = _found()
    if len(found) < len(BINARIES):
        _fetch()
        found = _found()
    missing = [name for name in BINARIES if name not in found]
    if missing:
        raise MonitoringMissingError(f"Debian's packages brought no {', '.join(missing)}")
    return found


def _found() -> dict[str, Path]:
    path = os.pathsep.join([os.environ.get("PATH", ""), str(work_dir() / "usr" / "bin")])
    return {name: Path(where) for name in BINARIES if (where := shutil.which(name, path=path))}


def _fetch() -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise MonitoringMissingError("neither installed nor to be had: there is no apt-get here")
    # Each run unpacks into a folder of its own: two at once never meet half a file.
    fresh = work_dir().with_name(f"monitoring-{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        if _run(["apt-get", "download", "-q", *PACKAGES], fresh) != 0:
            _run(["apt-get", "update", "-q"], fresh)
            if _run(["apt-get", "download", "-q", *PACKAGES], fresh) != 0:
                raise MonitoringMissingError("apt-get could not download prometheus and prometheus-alertmanager")
        for package in fresh.glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(fresh)], fresh)
        if not work_dir().exists():
            fresh.rename(work_dir())
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[str], folder: Path) -> int:
    try:
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MonitoringMissingError(f"{command[0]}: {error}") from None
    return done.returncode


if __name__ == "__main__":
    try:
        print(binaries()["prometheus-alertmanager"].parent)
    except MonitoringMissingError as missing:
        sys.exit(f"Prometheus and Alertmanager cannot be fetched: {missing}")
