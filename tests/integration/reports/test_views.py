"""The views Grafana reads say what `query` says."""

from typing import Any

import pytest
from integration.reports import oracle
from integration.reports.engine import Engine

from tokentide.reports import METRICS, Request, run
from tokentide.reports.views import migration

START = 1_767_225_600 - 5400
FOREVER = 2**32 - 1


@pytest.fixture(scope="module", autouse=True)
def events(engine: Engine) -> list[oracle.Event]:
    made = oracle.random_events(seed=77, count=400, start=START, span=3 * 3600)
    engine.fill("usage_model_10s", oracle.rollup(made, 10))
    engine.fill("usage_model_1h", oracle.rollup(made, 3600))
    engine.command("TRUNCATE TABLE models")
    engine.command(
        "INSERT INTO models (slug, author_country, open_weights, params_total_b, reasoning) VALUES "
        "('qwen/m0', 'CN', true, 8, true), ('qwen/m1', 'CN', true, 32, false), ('deepseek/m0', 'CN', true, 671, "
        "true), "
        "('openai/m0', 'US', true, NULL, true), ('openai/m1', 'US', false, NULL, true), ('anthropic/m2', 'US', "
        "false, NULL, true)"
    )
    for statement in migration().replace("{{on_cluster}}", "").split(";\n"):
        lines = [line for line in statement.splitlines() if not line.startswith("--")]
        if "".join(lines):
            engine.command("\n".join(lines))
    return made


def select(engine: Engine, view: str, **parameters: Any) -> list[dict[str, Any]]:
    arguments = ", ".join(f"{name} = {value!r}" for name, value in parameters.items())
    return engine.query(f"SELECT * FROM {view}({arguments})", {}).to_pylist()


def figures(rows: list[dict[str, Any]], by: str) -> list[tuple[Any, ...]]:
    skipped = ("bucket", "window_start", by, "key", "part", "as_of", "status")
    return [
        (row.get(by, row.get("key")), *(value for name, value in row.items() if name not in skipped)) for row in rows
    ]


SIZES = {"1m": 60, "1h": 3600, "1w": 604_800, "all": FOREVER}
CARDS = ("token-share-by-author", "tool-call-rate", "sequence-length")


def test_a_store_has_views_of_the_three_cards(engine: Engine) -> None:
    names = {view for name in CARDS for view in METRICS[name].views}
    assert names == {f"{prefix}{name.replace('-', '_')}" for name in CARDS for prefix in ("", "rolling_")}
    assert names == {view for entry in METRICS.values() for view in entry.views}
    rows = engine.query(
        "SELECT name FROM system.tables WHERE engine = 'View' AND database = currentDatabase()", {}
    ).to_pylist()
    assert {row["name"] for row in rows} == names | {"model_groups"}


@pytest.mark.parametrize(("metric", "bucket"), [(metric, bucket) for metric in CARDS for bucket in SIZES])
def test_a_report_view_equals_the_query(engine: Engine, metric: str, bucket: str) -> None:
    view, unit = str(METRICS[metric].view), str(METRICS[metric].units[0])
    found = select(engine, view, bucket_s=SIZES[bucket], from_s=0, to_s=FOREVER, by="model", unit=unit, top=4)
    request = Request(metric, by="model", unit=unit, bucket=bucket, top=4)
    wanted = run(engine.query, request).rows
    assert len(wanted) > 3
    assert figures(found, "model") == figures(wanted, "model")
    if bucket != "all":
        assert [row["bucket"] for row in found] == [oracle.seconds(row) for row in wanted]


@pytest.mark.parametrize(
    ("metric", "view"),
    [
        ("token-share-by-author", "rolling_token_share_by_author"),
        ("tool-call-rate", "rolling_tool_call_rate"),
        ("sequence-length", "rolling_sequence_length"),
    ],
)
@pytest.mark.parametrize("window", ["15m", "2h"])
def test_a_rolling_view_equals_the_query(engine: Engine, metric: str, view: str, window: str) -> None:
    wanted = run(engine.query, Request(metric, by="author", unit="tokens", window=window, top=3)).rows
    times = [oracle.seconds(row) for row in wanted]
    found = select(
        engine, view, window_s={"15m": 900, "2h": 7200}[window], every_s=60, from_s=min(times),
        to_s=max(times), by="author", unit="tokens", top=3,
    )  # fmt: skip
    assert [row["bucket"] for row in found] == times
    assert figures(found, "author") == figures(wanted, "author")


def test_a_view_without_a_dimension_is_one_group(engine: Engine, events: list[oracle.Event]) -> None:
    (row,) = select(engine, "tool_call_rate", bucket_s=FOREVER, from_s=0, to_s=FOREVER, by="", unit="requests", top=1)
    assert (row["key"], row["n"]) == ("", len(events))
    assert row["share"] == sum(event.called_tool for event in events) / len(events)
