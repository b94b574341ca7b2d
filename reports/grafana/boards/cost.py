"""What tokens cost, and how use goes with price."""

from tokentide.reports.grafana import fields
from tokentide.reports.grafana.boards.parts import VOLUME, by_group, figures, ranking, rests_on
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT, SHARE, USD, Panel, target
from tokentide.reports.grafana.statement import Asked
from tokentide.reports.grafana.statement import table as ranked

_PRICE = "price_usd_per_1m"
_PRICES = {
    _PRICE: "Effective price",
    "list_price_usd_per_1m": "List price",
    "paid_cost_usd": "Paid",
    "byok_requests": "Own key",
    "known_share": "With a cost",
    **VOLUME,
}
_UNITS = {
    "Effective price": USD,
    "List price": USD,
    "Paid": USD,
    "USD": USD,
    "With a cost": SHARE,
    "Own key": COUNT,
    "n": COUNT,
    "Requests": COUNT,
    "Tokens": COUNT,
}


def board() -> Dashboard:
    """Return the board."""
    prices = Asked("effective-price", total=True, top=50)
    return Dashboard(
        "tokentide-cost",
        "Tokentide · Cost",
        "Reported cost, after cache discounts. Attempts without a reported cost are in no price and counted.",
        (
            Row(
                "Spend",
                (
                    figures("Spend", Asked("volume"), {"cost_usd": "USD"}, USD, width=8),
                    by_group(
                        "Spend by author",
                        Asked("token-share-by-author", top=10),
                        "cost_usd",
                        "Author",
                        USD,
                        width=8,
                    ),
                    figures(
                        "Cost of a request that ended well",
                        Asked("cost-per-good-request"),
                        {"cost_per_good_usd": "Cost per good request", "good_cost_mean_usd": "Mean of good requests"},
                        USD,
                        width=8,
                    ),
                ),
            ),
            Row(
                "Prices",
                (
                    by_group("Effective price by model", Asked("effective-price", top=8), _PRICE, "Model", USD),
                    _scatter(),
                    ranking("Prices by model", prices, "Model", _PRICES, _UNITS, width=24, height=12),
                ),
            ),
            Row(
                "Free",
                (
                    figures(
                        "Traffic of free variants",
                        Asked("free-variant-share"),
                        {"token_share": "Tokens", "request_share": "Requests", "share": "Chosen unit"},
                        width=24,
                    ),
                ),
            ),
            Row("Coverage", (rests_on((fields.COST,)),)),
        ),
    )


def _scatter() -> Panel:
    """Return price against use, both logarithmic, one point per model."""
    asked = Asked("effective-price", total=True, top=100)
    names = {_PRICE: "Effective price", "tokens": "Tokens", "n": "n"}
    sql = f'SELECT * FROM (\n{ranked(asked, names, "Model")}\n) WHERE "Effective price" > 0'
    log = {"custom.scaleDistribution": {"type": "log", "log": 10}}
    return Panel(
        "Price against use, by model",
        "xychart",
        (target(sql, "A"),),
        description="One point per model; n and the name are in the tooltip. Models at a price of zero are left out.",
        options={
            "mapping": "manual",
            "series": [
                {
                    "name": {"fixed": "Models"},
                    "frame": {"matcher": {"id": "byIndex", "options": 0}},
                    "x": {"matcher": {"id": "byName", "options": "Effective price"}},
                    "y": {"matcher": {"id": "byName", "options": "Tokens"}},
                }
            ],
            "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        },
        defaults={"custom": {"show": "points", "pointSize": {"fixed": 6}}},
        overrides=tuple(
            {
                "matcher": {"id": "byName", "options": name},
                "properties": [{"id": "unit", "value": unit}, *({"id": key, "value": log[key]} for key in log)],
            }
            for name, unit in (("Effective price", USD), ("Tokens", COUNT))
        ),
    )
