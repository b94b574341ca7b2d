"""`tokentide metrics`: what can be asked, and what exactly it means."""

import json
from typing import Annotated

import typer


def command(form: Annotated[str, typer.Option("--format", help="table or json")] = "table") -> None:
    """List metric ids with definitions, units and figures of the study."""
    from tokentide.reports.registry import describe
    from tokentide.schemas.errors import UsageError

    entries = describe()
    if form == "json":
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    elif form == "table":
        print("\n\n".join(_paragraph(entry) for entry in entries))
    else:
        raise UsageError(f"unknown format '{form}': use one of table, json")


def _paragraph(entry: dict[str, object]) -> str:
    study, dimensions = entry["study"], entry["dimensions"]
    lines = [
        f"{entry['id']}  {entry['title']}",
        f"  {entry['definition']}",
        f"  unit: {entry['unit']}",
        f"  by: {', '.join(dimensions) if isinstance(dimensions, list | tuple) else dimensions}",
        f"  study: {', '.join(study) if isinstance(study, list | tuple) else study}",
    ]
    return "\n".join(lines)
