"""The one `broker` fixture: the same test against the embedded broker and a real Kafka.

`--broker` or TOKENTIDE_TEST_BROKER chooses: `auto` (embedded, and Docker's or else the JVM's Kafka),
`embedded`, `jvm`, `docker`. A test about one kind says so: `@pytest.mark.broker("real")` or `("embedded")`.
`jvm_cluster` gives a test brokers of its own to kill.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from localkafka import jars
from localkafka.cluster import Cluster
from localkafka.errors import ToolMissingError
from support.container import engine_host
from support.providers import DOCKER, EMBEDDED, JVM, Broker, Providers

CHOICES = ("auto", EMBEDDED, JVM, DOCKER)
_skipped: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--broker`."""
    default = os.environ.get("TOKENTIDE_TEST_BROKER", "auto")
    parser.addoption("--broker", default=default, choices=CHOICES, help="broker that tests run against")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "broker(kind): `real` or `embedded`: the only kind that this test is about")
    choice = config.getoption("--broker")
    if choice not in CHOICES:
        raise pytest.UsageError(f"TOKENTIDE_TEST_BROKER is not one of {', '.join(CHOICES)}")
    if choice == EMBEDDED and os.environ.get("CI") == "true":
        raise pytest.UsageError("CI must test a real Kafka: TOKENTIDE_TEST_BROKER=embedded leaves it out")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that takes `broker` once per provider chosen."""
    if "broker" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("broker")
    chosen = providers_for(metafunc.config.getoption("--broker"), marker.args[0] if marker else "any", _docker())
    metafunc.parametrize("broker", [_parameter(each) for each in chosen], indirect=True)


def providers_for(choice: str, kind: str, docker: bool) -> list[str]:
    """Names of the providers a test runs against; none: it is skipped."""
    real = DOCKER if choice == DOCKER or (choice == "auto" and docker) else JVM
    allowed = {"any": [EMBEDDED, real], "real": [real], "embedded": [EMBEDDED]}[kind]
    return allowed if choice == "auto" else [each for each in allowed if each == choice]


def _parameter(provider: str) -> Any:
    return pytest.param(provider, marks=[pytest.mark.jvm] if provider == JVM else [])


@cache
def _docker() -> bool:
    return engine_host() is not None


@pytest.fixture(scope="session")
def broker_providers() -> Iterator[Providers]:
    """The brokers of this run, shared by all tests."""
    providers = Providers()
    yield providers
    providers.close()


@pytest.fixture
def broker(request: pytest.FixtureRequest, broker_providers: Providers) -> Broker:
    """A running broker; topics and groups it names are this test's own."""
    if request.param == JVM:
        require_jvm()
    shared = broker_providers.get(request.param)
    return replace(shared, prefix=f"t{crc32(request.node.nodeid.encode()):08x}")


@pytest.fixture
def jvm_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Starts clusters of the test's own: `jvm_cluster(brokers=3)`; they die with the test."""
    require_jvm()
    running: list[Cluster] = []

    def start(**options: Any) -> Cluster:
        cluster = Cluster.create(tmp_path / f"kafka-{len(running)}", brief=True, **options)
        running.append(cluster)
        cluster.start(dies_with_parent=True)
        return cluster

    yield start
    for cluster in running:
        cluster.kill()


def require_jvm() -> None:
    """Skip where Java or Maven is absent; in CI that is a failure."""
    try:
        jars.java()
        jars.maven()
    except ToolMissingError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run the tests on the JVM Kafka: {missing}", pytrace=False)
        _skipped.add(str(missing))
        pytest.skip(str(missing))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly what was not tested."""
    for reason in sorted(_skipped):
        terminalreporter.section("THE REAL KAFKA WAS NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(reason)
