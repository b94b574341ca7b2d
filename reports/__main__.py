"""`python -m tokentide.reports`: write what is generated from the registry, from the project's root."""

from tokentide.reports import reference, views


def main() -> None:
    """Write docs/metrics.md and the migration of the report views."""
    reference.FILE.write_text(reference.page(), encoding="utf-8")
    views.FILE.write_text(views.migration(), encoding="utf-8")


if __name__ == "__main__":
    main()
