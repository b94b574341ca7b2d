"""Where Kafka cannot run, one sentence says what is missing."""

import os
import stat
from pathlib import Path

import pytest
from localkafka import jars
from localkafka.errors import KafkaUnavailableError, ToolMissingError


def tool(folder: Path, name: str, script: str) -> None:
    """Put an executable `name` on the test's path."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH besides the shell's own, without Java and Maven until a test adds them."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def test_no_java_is_told(tools: Path) -> None:
    with pytest.raises(ToolMissingError, match="^Java is not installed: Kafka 4 needs Java 17"):
        jars.java()


@pytest.mark.parametrize(("told", "major"), [("11.0.2", 11), ("1.8.0_392", 8)])
def test_an_old_java_is_told_with_its_version(tools: Path, told: str, major: int) -> None:
    tool(tools, "java", f"echo 'openjdk version \"{told}\"' >&2")
    with pytest.raises(ToolMissingError, match=f"is Java {major}: Kafka 4 needs Java 17 or newer"):
        jars.java()


def test_java_home_wins_over_the_path(tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tools, "java", "echo 'openjdk version \"11\"' >&2")
    home = tmp_path / "jdk"
    home.mkdir()
    tool(home / "bin", "java", "echo 'openjdk version \"25.0.1\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert jars.java() == str(home / "bin" / "java")


def test_no_maven_is_told(tools: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match="^Maven is not installed"):
        jars.classpath(tmp_path / "cache")


def test_mavens_own_reason_is_passed_on_in_one_line(tools: Path, tmp_path: Path) -> None:
    tool(tools, "mvn", "echo '[ERROR] Could not transfer artifact x: Unknown host -> [Help 1]'\nexit 1")
    with pytest.raises(KafkaUnavailableError) as caught:
        jars.classpath(tmp_path / "cache")
    assert not isinstance(caught.value, ToolMissingError)
    told = str(caught.value)
    assert told == f"Maven could not fetch Kafka {jars.version()}: Could not transfer artifact x: Unknown host"
    assert list((tmp_path / "cache").iterdir()) == []


def test_maven_is_asked_once_and_again_when_a_jar_is_gone(tools: Path, tmp_path: Path) -> None:
    jar, asked = tmp_path / "kafka.jar", tmp_path / "asked"
    find = 'for each in "$@"; do case $each in -Dmdep.outputFile=*) out=${each#*=};; esac; done'
    tool(tools, "mvn", f"{find}\necho . >> {asked}\necho > {jar}\necho {jar}{os.pathsep}{jar} > $out")
    for _ in range(2):
        assert jars.classpath(tmp_path / "cache") == f"{jar}{os.pathsep}{jar}"
    assert asked.read_text().count(".") == 1
    jar.unlink()
    jars.classpath(tmp_path / "cache")
    assert asked.read_text().count(".") == 2


def test_the_pom_names_a_kafka_4() -> None:
    assert jars.version().startswith("4.")
