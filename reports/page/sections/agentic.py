"""The rise of agentic inference: reasoning, tools, length."""

from typing import Final

from tokentide.reports.page.figure import VOLUME, Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section

_ALL: Final = 13
"""Every category there is, so that none is folded."""

SECTION: Final = Section(
    "agentic",
    "Agentic use",
    "Models that reason, requests that call tools, prompts that grow: the signs of software asking, not people.",
    (
        Figure(
            "reasoning",
            "reasoning-share",
            Chart.LINES,
            (
                Value("share", "Of reasoning models", Kind.SHARE),
                Value("reasoning_token_share", "Reasoning tokens in answers", Kind.SHARE),
            ),
            bucketed=True,
        ),
        Figure(
            "reasoning-models",
            "top-reasoning-models",
            Chart.BARS,
            palette="model",
            extra=(VOLUME,),
        ),
        Figure(
            "tool-calls",
            "tool-call-token-share",
            Chart.LINES,
            (Value("share", "Ends in a tool call", Kind.SHARE),),
            bucketed=True,
            need="finish_reason",
            every_s=5.0,
        ),
        Figure(
            "tools-offered",
            "tools-offered",
            Chart.LINES,
            (
                Value("share", "Offers tools", Kind.SHARE),
                Value("invoked_per_offered", "Calls one where offered", Kind.SHARE),
            ),
            bucketed=True,
            need="tools_offered",
        ),
        Figure(
            "tool-models",
            "tool-calls-by-model",
            Chart.BARS,
            need="finish_reason",
            palette="model",
        ),
        Figure(
            "prompt-length",
            "sequence-length",
            Chart.LINES,
            (
                Value("prompt_mean", "Mean prompt", Kind.TOKENS),
                Value("prompt_p50", "Median prompt", Kind.TOKENS),
            ),
            title="Prompt length",
            bucketed=True,
            extra=(Value("prompt_p90", "90th percentile", Kind.TOKENS),),
        ),
        Figure(
            "completion-length",
            "sequence-length",
            Chart.LINES,
            (
                Value("completion_mean", "Mean completion", Kind.TOKENS),
                Value("completion_p50", "Median completion", Kind.TOKENS),
            ),
            title="Completion length",
            bucketed=True,
            extra=(Value("completion_p90", "90th percentile", Kind.TOKENS),),
        ),
        Figure(
            "total-length",
            "sequence-length",
            Chart.LINES,
            (Value("total_mean", "Mean", Kind.TOKENS), Value("total_p50", "Median", Kind.TOKENS)),
            title="Prompt and completion together",
            bucketed=True,
            extra=(Value("total_p90", "90th percentile", Kind.TOKENS),),
        ),
        Figure(
            "category-length",
            "length-by-category",
            Chart.BARS,
            (Value("prompt_mean", "Mean prompt", Kind.TOKENS),),
            title="Prompt length by category",
            need="labels",
            top=_ALL,
            palette="category",
            extra=(
                Value("prompt_low", "95 % from", Kind.TOKENS),
                Value("prompt_high", "to", Kind.TOKENS),
                Value("completion_mean", "Mean completion", Kind.TOKENS),
            ),
            wide=True,
            options={"low": "prompt_low", "high": "prompt_high"},
        ),
    ),
)
