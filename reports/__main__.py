"""`python -m tokentide.reports`: write what is generated from the registry, from the project's root."""

from tokentide.reports import reference, views
from tokentide.reports.grafana import files


def main() -> None:
    """Write docs/metrics.md, the migration of the report views, and infra/grafana."""
    reference.FILE.write_text(reference.page(), encoding="utf-8")
    views.FILE.write_text(views.migration(), encoding="utf-8")
    files.write()


if __name__ == "__main__":
    main()
