"""docker-compose.yml and what it mounts, read as data: there is no Docker engine where these tests run."""

import importlib.util
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tokentide.schemas.alert_rules import load_rules
from tokentide.schemas.settings import Settings

PROJECT = Path(__file__).parents[3]
TEXT = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"migrate", "simulator"}
"""They run to their end."""
OWN_USER = {"apache/kafka": "appuser", "grafana/grafana": "472", "tokentide": "10001"}
"""Images whose own user is no root."""


def every() -> Any:
    return pytest.mark.parametrize("name", list(SERVICES))


def image(name: str) -> tuple[str, str]:
    repository, _, tag = SERVICES[name]["image"].rpartition(":")
    return repository, tag


def mounts(name: str) -> list[list[str]]:
    return [text.split(":") for text in SERVICES[name].get("volumes", ())]


def test_the_services_asked_for_are_there() -> None:
    assert sorted(SERVICES) == sorted(
        ("kafka", "clickhouse", "migrate", "worker-1", "worker-2", "grafana", "prometheus", "alertmanager")
        + ("simulator",)
    )
    assert SERVICES["simulator"]["profiles"] == ["simulator"]
    assert SERVICES["kafka"]["environment"]["KAFKA_PROCESS_ROLES"] == "broker,controller"


@every()
def test_an_image_is_pinned_to_a_release(name: str) -> None:
    assert re.fullmatch(r"v?\d+\.\d+\.\d+(\.\d+)?", image(name)[1])


@every()
def test_a_service_does_not_run_as_root(name: str) -> None:
    user = str(SERVICES[name].get("user", OWN_USER.get(image(name)[0], "root")))

    assert user.split(":")[0] not in ("", "0", "root")
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@every()
def test_a_service_that_goes_on_is_watched(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) == (name not in ONCE)


@every()
def test_whoever_is_waited_for_can_tell(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert how["condition"] == expected


@every()
def test_what_is_mounted_exists_and_is_read_only_or_a_named_volume(name: str) -> None:
    for source, target, *mode in mounts(name):
        assert target.startswith("/")
        if source.startswith("./"):
            assert (PROJECT / source).exists(), source
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


def test_every_named_volume_is_used() -> None:
    used = {source for name in SERVICES for source, *_ in mounts(name) if not source.startswith("./")}

    assert used == set(COMPOSE["volumes"])


@every()
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", ["migrate", "worker-1", "worker-2", "simulator"])
def test_the_variables_of_our_own_services_are_settings(name: str) -> None:
    known = {f"TOKENTIDE_{field.upper()}" for field in Settings.model_fields}

    assert set(SERVICES[name]["environment"]) <= known


def test_the_detector_tells_the_alertmanager_of_the_file() -> None:
    rules = load_rules(PROJECT / "infra/docker/alerts.yml").notify

    assert rules.alertmanager == "http://alertmanager:9093"
    assert rules.dashboard == "http://127.0.0.1:3000/d/tokentide-overview"
    assert SERVICES["worker-1"]["environment"]["TOKENTIDE_ALERTS"] in {target for _, target, _ in mounts("worker-1")}


def test_workers_differ_in_their_names_alone() -> None:
    one, other = (dict(SERVICES[name]["environment"]) for name in ("worker-1", "worker-2"))

    assert one.pop("TOKENTIDE_INSTANCE_ID") != other.pop("TOKENTIDE_INSTANCE_ID")
    assert one == other


def variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", text))


def env_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("env", PROJECT / "infra/docker/env.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_secret_comes_from_the_generated_file_and_has_no_default() -> None:
    written = {line.partition("=")[0] for line in env_module().lines()}

    assert variables(TEXT) == written
    assert len(re.findall(r"\$\{\w+:\?run make env\}", TEXT)) == len(re.findall(r"\$\{", TEXT))


def secrets(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from secrets(value, str(name))
    elif "PASSWORD" in key.upper():
        yield key, str(node)


def test_no_password_is_written_down() -> None:
    found = list(secrets(COMPOSE))

    assert found
    assert all(value.startswith("${") for _, value in found)


def test_secrets_are_drawn_anew_and_kept(tmp_path: Path) -> None:
    module, file = env_module(), tmp_path / ".env"

    assert module.write(file)
    first = file.read_text(encoding="utf-8")

    assert not module.write(file)
    assert file.read_text(encoding="utf-8") == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not set(first.splitlines()) & set(module.lines())
    assert ".env" in (PROJECT / ".gitignore").read_text(encoding="utf-8").split()


DOCKERFILE = (PROJECT / "infra/docker/Dockerfile").read_text(encoding="utf-8")


def test_the_image_is_built_in_two_stages_and_runs_without_rights() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)

    assert len(stages) == 2
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", stage) for stage in stages)
    assert users == ["10001:10001"]
    assert "--from=build" in DOCKERFILE.partition(stages[1])[2]


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    kept = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]

    assert copied
    assert [source for source in copied if not (PROJECT / source).exists()] == []
    assert set(copied) == kept


def test_the_image_has_every_room() -> None:
    rooms = {path.name for path in (PROJECT / "tokentide").iterdir() if path.is_symlink()}

    assert rooms <= {line.split()[1] for line in re.findall(r"^COPY .+$", DOCKERFILE, re.MULTILINE)}


def grafana_user() -> ElementTree.Element:
    root = ElementTree.parse(PROJECT / "infra/clickhouse/users.d/grafana.xml").getroot()
    found = root.find("users/grafana")
    assert found is not None
    return found


def test_grafana_reads_only_and_may_read_what_its_boards_read() -> None:
    granted = {
        re.sub("^GRANT SELECT ON (tokentide[.])?", "", str(each.text))
        for each in grafana_user().iterfind("grants/query")
    }
    texts = [path.read_text(encoding="utf-8") for path in (PROJECT / "infra/grafana").rglob("*.*")]
    read = {
        name
        for text in texts
        for name in re.findall(r"(?:FROM|JOIN|IN) (usage_\w+|alert_\w+|model\w+|places)\b", text)
    }

    assert read - {"measured"} <= granted
    assert "usage_events" not in granted
    assert all(re.fullmatch(r"[a-z_0-9]+|system\.parts", name) for name in granted), "only SELECT, table by table"


def test_grafana_s_user_cannot_lift_its_limits() -> None:
    root = ElementTree.parse(PROJECT / "infra/clickhouse/users.d/grafana.xml").getroot()
    profile = root.find("profiles/grafana")
    assert profile is not None

    assert profile.findtext("readonly") == "1"
    assert [each.tag for each in profile.iterfind("constraints/*")] == ["max_execution_time"]
    assert profile.find("constraints/max_execution_time/changeable_in_readonly") is not None
    assert grafana_user().find("password").get("from_env") in SERVICES["clickhouse"]["environment"]  # type: ignore[union-attr]
    assert SERVICES["grafana"]["environment"]["TOKENTIDE_GRAFANA_USER"] == "grafana"


def test_prometheus_asks_services_of_the_file() -> None:
    config = yaml.safe_load((PROJECT / "infra/docker/prometheus.yml").read_text(encoding="utf-8"))
    targets = [
        target for job in config["scrape_configs"] for each in job["static_configs"] for target in each["targets"]
    ]
    told = [
        target
        for each in config["alerting"]["alertmanagers"]
        for one in each["static_configs"]
        for target in one["targets"]
    ]

    hosts = {target.partition(":")[0] for target in [*targets, *told]} - {"localhost"}
    assert hosts <= set(SERVICES)
    assert {"worker-1", "worker-2", "alertmanager"} <= hosts
    files = {Path(target).name for _, target, *_ in mounts("prometheus")}
    assert {"prometheus.yml", *config["rule_files"]} <= files


def test_grafana_finds_its_dashboards_where_they_are_mounted() -> None:
    targets = {target for _, target, *_ in mounts("grafana")}
    text = (PROJECT / "infra/grafana/provisioning/dashboards/tokentide.yaml").read_text(encoding="utf-8")
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]

    assert {str(Path(path).parent) for path in re.findall(r'"path": "([^"]+)"', text)} <= targets
    assert (PROJECT / "infra/grafana" / home.removeprefix("/etc/grafana/")).exists()
