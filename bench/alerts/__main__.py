"""`python -m bench.alerts [tune|report|page]`: what `make bench-alerts` runs.

SCENARIOS: how many gateways each part draws (24); SEED: the first seed (10000 of a report, 0 of tuning);
SCENARIO_DIR: scenarios made elsewhere, judged instead; BENCH_JSON: where the figures go; JOBS: processes (1).
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from bench.alerts.figures import proportion, tuned_rivals
from bench.alerts.foreign import judge, scenarios, summary
from bench.alerts.page import PAGE, RESULTS, tables
from bench.alerts.report import TUNED, gathered, report
from tokentide.schemas.errors import UserError

TUNING_SEED, REPORT_SEED = 0, 10_000
_LAST_TUNING_SEED = 999


def main(arguments: list[str]) -> None:
    """Run what was asked for and write it."""
    what = arguments[0] if arguments else "report"
    count = int(os.environ.get("SCENARIOS") or 24)
    if os.environ.get("SCENARIO_DIR"):
        _write(_foreign(Path(os.environ["SCENARIO_DIR"])))
    elif what == "tune":
        _tune(int(os.environ.get("SEED") or TUNING_SEED), count)
    elif what == "page":
        PAGE.write_text(tables(PAGE.read_text(encoding="utf-8"), _results()), encoding="utf-8")
    else:
        _write(_report(int(os.environ.get("SEED") or REPORT_SEED), count))


def _report(seed: int, count: int) -> dict[str, Any]:
    found = report(seed, count, _say)
    used = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return found | {"cpu_s": round(used, 1)}


def _tune(seed: int, count: int) -> None:
    if seed + 3 * count > _LAST_TUNING_SEED:
        raise UserError(f"SEED: tuning draws seeds up to {_LAST_TUNING_SEED} only")
    quiet, _, trials = gathered(seed, count, _say)
    for each in quiet:
        _say(f"{each['seed']}: {each['pages']} pages, {each['said']}")
    weeks = sum(each["weeks"] for each in quiet)
    ours = sum(each["pages"] for each in quiet) / weeks
    chosen = tuned_rivals(quiet, trials, max(ours, 1 / weeks))
    TUNED.write_text(
        json.dumps({"allowed_per_week": round(max(ours, 1 / weeks), 4), "rivals": chosen}, indent=1) + "\n"
    )


def _foreign(folder: Path) -> dict[str, Any]:
    results = [judge(each) for each in scenarios(folder)]
    found = dict(summary(results))
    changes = found.pop("changes")
    delays = sorted(each["delay_min"] for each in changes if each["hit"])
    drivers = [bool(each["driver_right"]) for each in changes if each["driver_right"] is not None]
    sizes = sorted({abs(float(each["points"])) for each in changes if "points" in each})
    return found | {
        "recall": {
            f"{size:g}": proportion(each["hit"] for each in changes if abs(float(each.get("points", 0))) == size)
            for size in sizes
        },
        "delay_p50_min": delays[len(delays) // 2] if delays else None,
        "delay_p95_min": delays[min(int(0.95 * len(delays)), len(delays) - 1)] if delays else None,
        "driver_right": proportion(drivers),
        "results": results,
    }


def _results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def _write(found: dict[str, Any]) -> None:
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    where = os.environ.get("BENCH_JSON")
    if where:
        Path(where).write_text(text, encoding="utf-8")
    shown = {name: value for name, value in found.items() if name not in ("results", "quiet", "grid", "said")}
    print(json.dumps(shown, ensure_ascii=False, indent=1))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(str(error))
