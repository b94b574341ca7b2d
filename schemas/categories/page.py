"""The map as a table to read: `python -m tokentide.schemas.categories.page` prints what docs/categories.md holds."""

import sys

from tokentide.schemas.categories.mapping import CategoryMap, load


def table(mapping: CategoryMap) -> str:
    """Return the lines of the map as a Markdown table."""
    head = ["| paths that begin with | category | bucket | basis |", "| --- | --- | --- | --- |"]
    return "\n".join(
        [*head, *(f"| `{each.prefix}` | {each.category} | {each.bucket} | {each.basis} |" for each in mapping.lines)]
    )


if __name__ == "__main__":
    sys.stdout.write(table(load()) + "\n")
