"""Where the server's jars come from: Maven resolves `pom.xml` into its repository."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from localkafka.errors import KafkaUnavailableError, ToolMissingError

HOME = Path(__file__).resolve().parents[1]
POM = HOME / "pom.xml"
JAVA_MIN = 17
FETCH_DEADLINE_S = 900


def work_dir() -> Path:
    """Folder for what a run leaves behind: `.work/kafka` of the checkout, git-ignored."""
    return HOME.parents[1] / ".work" / "kafka"


def java() -> str:
    """Path of a Java that can run the server.

    Raises:
        ToolMissingError: no Java, or one older than 17.
    """
    home = os.environ.get("JAVA_HOME", "")
    found = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    found = found or shutil.which("java")
    if found is None:
        raise ToolMissingError("Java is not installed: Kafka 4 needs Java 17 or newer on the PATH or in JAVA_HOME")
    major = _java_major(found)
    if major < JAVA_MIN:
        raise ToolMissingError(f"{found} is Java {major}: Kafka 4 needs Java {JAVA_MIN} or newer")
    return found


def _java_major(path: str) -> int:
    told = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=60, check=False)
    match = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(match.group(1)) if match else 0


def maven() -> str:
    """Path of Maven.

    Raises:
        ToolMissingError: it is not installed.
    """
    found = shutil.which("mvn")
    if found is None:
        raise ToolMissingError("Maven is not installed: mvn fetches the Kafka server named in infra/kafka/pom.xml")
    return found


def version() -> str:
    """The Kafka version that `pom.xml` names."""
    match = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", POM.read_text())
    return match.group(1) if match else "unknown"


def classpath(cache: Path | None = None) -> str:
    """The server's class path; asks Maven the first time and when `pom.xml` changed.

    Args:
        cache: folder that remembers the answer, `work_dir()` unless told.

    Raises:
        ToolMissingError: Java or Maven is absent.
        KafkaUnavailableError: Maven could not fetch a jar.
    """
    cache = cache or work_dir()
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    remembered = cache / f"classpath-{digest}.txt"
    if not _complete(remembered):
        cache.mkdir(parents=True, exist_ok=True)
        _resolve(remembered)
    return remembered.read_text().strip()


def _complete(remembered: Path) -> bool:
    if not remembered.is_file():
        return False
    jars = remembered.read_text().strip().split(os.pathsep)
    return all(Path(jar).is_file() for jar in jars)


def _resolve(remembered: Path) -> None:
    # Written beside and renamed: two runs that fetch at once never read half a file.
    fresh = remembered.with_suffix(f".{os.getpid()}")
    goal = [maven(), "-q", "-B", "-f", str(POM), "dependency:build-classpath", f"-Dmdep.outputFile={fresh}"]
    try:
        done = subprocess.run(goal, capture_output=True, text=True, timeout=FETCH_DEADLINE_S, check=False)
    except subprocess.TimeoutExpired:
        raise KafkaUnavailableError(
            f"Maven did not fetch Kafka {version()} within {FETCH_DEADLINE_S} s: is its registry reachable?"
        ) from None
    if done.returncode != 0 or not fresh.is_file():
        raise KafkaUnavailableError(
            f"Maven could not fetch Kafka {version()}: {_first_error(done.stdout + done.stderr)}"
        )
    fresh.replace(remembered)


def _first_error(output: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    match = re.search(r"\[ERROR\]\s+(.+)", plain)
    return match.group(1).split(" -> [Help")[0] if match else "it gave no reason"
