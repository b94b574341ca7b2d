"""Fixtures and options of the whole suite; each lives in its own module under `support`."""

from support.broker import (  # noqa: F401
    broker,
    broker_providers,
    jvm_cluster,
    pytest_addoption,
    pytest_configure,
    pytest_generate_tests,
    pytest_terminal_summary,
)
