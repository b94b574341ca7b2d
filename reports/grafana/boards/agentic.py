"""Reasoning, tools and lengths: signs of agentic use."""

from tokentide.reports.grafana import fields
from tokentide.reports.grafana.boards.parts import figures, rests_on, shares
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT
from tokentide.reports.grafana.statement import Asked

_REASONING = {
    "token_share": "Tokens",
    "request_share": "Requests",
    "prompt_share": "Prompt tokens",
    "cost_share": "USD",
    "reasoning_token_share": "Reasoning tokens in answers",
}
_IN_UNITS = {"share": "Chosen unit", "token_share": "Tokens", "request_share": "Requests", "cost_share": "USD"}


def _lengths(*names: str) -> dict[str, str]:
    return {f"{name}_{what}": f"{name} {what}" for name in names for what in ("mean", "p50", "p90", "p99")}


def board() -> Dashboard:
    """Return the board."""
    lengths = Asked("sequence-length")
    return Dashboard(
        "tokentide-agentic",
        "Tokentide · Agentic",
        "How much of the traffic reasons, calls tools, and how long requests are.",
        (
            Row(
                "Reasoning",
                (
                    figures("Traffic of reasoning models", Asked("reasoning-share"), _REASONING),
                    shares("Largest reasoning models", Asked("top-reasoning-models"), "Model"),
                ),
            ),
            Row(
                "Tools",
                (
                    figures("Requests that end in a tool call", Asked("tool-call-token-share"), _IN_UNITS),
                    figures(
                        "Requests that offer tools",
                        Asked("tools-offered"),
                        {**_IN_UNITS, "invoked_per_offered": "Called per offered"},
                    ),
                    shares("Tool calls by model", Asked("tool-calls-by-model"), "Model"),
                    figures(
                        "Agentic share, a composite of ours",
                        Asked("agentic-share"),
                        {
                            "share": "Composite",
                            "reasoning_share": "Reasoning",
                            "tool_call_share": "Called",
                            "tools_offered_share": "Offered",
                        },
                    ),
                ),
            ),
            Row(
                "Lengths",
                (
                    figures("Prompt length", lengths, _lengths("prompt"), COUNT, width=8),
                    figures("Completion length", lengths, _lengths("completion"), COUNT, width=8),
                    figures("Sequence length", lengths, _lengths("total"), COUNT, width=8),
                    figures(
                        "Prompt tokens per completion token",
                        Asked("input-output-ratio"),
                        {"ratio": "Ratio"},
                        COUNT,
                        width=24,
                    ),
                ),
            ),
            Row("Coverage", (rests_on((fields.FINISH, fields.TOOLS, fields.REASONING, fields.COST)),)),
        ),
    )
