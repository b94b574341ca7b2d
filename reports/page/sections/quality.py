"""What the figures rest on."""

from typing import Final

from tokentide.reports.page.figure import Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section


def _counts(**labels: str) -> tuple[Value, ...]:
    return tuple(Value(column, label, Kind.COUNT) for column, label in labels.items())


def _rates(**labels: str) -> tuple[Value, ...]:
    return tuple(Value(column, label, Kind.SHARE) for column, label in labels.items())


SECTION: Final = Section(
    "quality",
    "What the figures rest on",
    "Who is counted, what was refused, and what events do not say.",
    (
        Figure(
            "coverage",
            "coverage",
            Chart.TABLE,
            (
                *_counts(
                    n="Events",
                    models="Models",
                    authors="Authors",
                    providers="Providers",
                    gateways="Gateways",
                    accounts="Accounts",
                    countries="Countries",
                    languages="Languages",
                ),
                Value("non_us_share", "Outside the US", Kind.SHARE),
            ),
            every_s=60.0,
            options={"turned": True},
        ),
        Figure(
            "data-quality",
            "data-quality",
            Chart.TABLE,
            (
                *_counts(received="Received", stored="Stored", duplicates="Duplicates", dead_letters="Refused"),
                *_rates(
                    unclassified_rate="Sampled without a label",
                    unmapped_model_rate="Model not in the catalogue",
                    unpriced_rate="Without a cost",
                ),
            ),
            title="Data quality, of all that was received",
            whole=True,
            every_s=60.0,
            options={"turned": True},
        ),
    ),
)
