"""Reasoning, tools and lengths: the study's signs of agentic use."""

from typing import Final

from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import Column, Unit, add, part, priced, share_of_unit
from tokentide.reports.lengths import Distribution
from tokentide.reports.metric import Definition, Metric, Shape
from tokentide.reports.metrics.words import (
    ATTEMPTS,
    BYOK,
    CATALOGUE,
    COST,
    FILTERS,
    FINISH,
    POPULATION,
    SHARE_UNITS,
    TOKENIZERS,
    share_of,
)
from tokentide.reports.shares import Composition, Figures, Proportion

_REASONING: Final = ("reasoning", ("yes",))
_FLAGGED: Final = ("reasoning", ("yes", "no"))

_REASONING_SHARE: Final = Figures(
    extra=(
        add("reasoning_model_tokens", "prompt_tokens", "completion_tokens", where=_REASONING),
        add("reasoning_model_attempts", "attempts", where=_REASONING),
        add("reasoning_model_prompt", "prompt_tokens", where=_REASONING),
        add("reasoning_model_cost", "cost_nano", where=_REASONING),
        add("prompt", "prompt_tokens"),
        add("reasoning_tokens"),
        add("reasoning_completion_tokens"),
        add("reasoning_known"),
        add("flagged", "attempts", where=_FLAGGED),
    ),
    figures=(
        share_of_unit(),
        Column("token_share", part("reasoning_model_tokens", "tokens")),
        Column("request_share", part("reasoning_model_attempts", "n")),
        Column("prompt_share", part("reasoning_model_prompt", "prompt")),
        Column("cost_share", priced(part("reasoning_model_cost", "cost_nano"))),
        Column("reasoning_token_share", part("reasoning_tokens", "reasoning_completion_tokens")),
        Column("reasoning_model_tokens", "reasoning_model_tokens"),
        Column("reasoning_known_share", part("reasoning_known", "n")),
    ),
    known=part("flagged", "n"),
)

_MEAN_OF_KNOWN: Final = (
    "if(coalesce(reasoning_share, tool_call_share, tools_offered_share) IS NULL, NULL, "
    "arrayAvg(arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x), "
    "[reasoning_share, tool_call_share, tools_offered_share]))))"
)
_AGENTIC: Final = Figures(
    extra=(
        add("reasoning_model_tokens", "prompt_tokens", "completion_tokens", where=_REASONING),
        add("tool_call_tokens"),
        add("tools_offered_tokens"),
        add("tools_offered_known"),
        add("finish_known"),
        add("flagged", "attempts", where=_FLAGGED),
    ),
    figures=(
        Column("share", _MEAN_OF_KNOWN),
        Column("reasoning_share", f"if(flagged > 0, {part('reasoning_model_tokens', 'tokens')}, NULL)"),
        Column("tool_call_share", f"if(finish_known > 0, {part('tool_call_tokens', 'tokens')}, NULL)"),
        Column("tools_offered_share", f"if(tools_offered_known > 0, {part('tools_offered_tokens', 'tokens')}, NULL)"),
    ),
    known=part("finish_known", "n"),
)

_RATIO: Final = Figures(
    extra=(add("prompt_tokens"), add("completion_tokens")),
    figures=(
        Column("ratio", part("prompt_tokens", "completion_tokens")),
        Column("prompt_mean", part("prompt_tokens", "n")),
        Column("completion_mean", part("completion_tokens", "n")),
        Column("prompt_tokens", "prompt_tokens"),
        Column("completion_tokens", "completion_tokens"),
    ),
)

METRICS: Final = (
    Metric(
        id="reasoning-share",
        title="Traffic of reasoning models",
        study=("A-01",),
        definition=Definition(
            numerator="tokens (share), attempts, prompt tokens and USD of models the catalogue flags as reasoning; "
            "and, "
            "as reasoning_token_share, reasoning tokens",
            denominator="the same of all models; for reasoning_token_share the completion tokens of attempts that "
            "report "
            "reasoning tokens",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, _REASONING_SHARE),),
        caveats=(
            "The study's figure is token_share: all tokens of flagged models, not reasoning tokens inside answers.",
            "Long prompts raise it as much as long thoughts: compare prompt_share and request_share.",
            "A hybrid model counts as reasoning whether or not it thought; reasoning_token_share does not.",
            "known_share: attempts whose model's flag is known; reasoning_known_share: attempts that report "
            "reasoning "
            "tokens.",
            CATALOGUE,
            TOKENIZERS,
            COST,
        ),
        readings=("Four series side by side: token_share, request_share, prompt_share, reasoning_token_share.",),
    ),
    Metric(
        id="top-reasoning-models",
        title="Largest reasoning models",
        study=("A-02",),
        definition=share_of(
            "one reasoning model",
            "all reasoning models",
            filters="models the catalogue flags as reasoning; further ones a question names restrict both sides",
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Composition()),),
        by="model",
        top=10,
        fixed={"reasoning": ("yes",)},
        caveats=(CATALOGUE, TOKENIZERS, COST),
        readings=("Without free variants, as the study leaves a free launch out: --filter 'variant!=free'.",),
    ),
    Metric(
        id="tool-call-rate",
        title="Requests that end in a tool call",
        study=("A-03",),
        definition=Definition(
            numerator="attempts whose finish_reason is tool_calls",
            denominator="all attempts",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=(Unit.REQUESTS, Unit.TOKENS, Unit.USD),
        shapes=(Shape(Origin.MODEL, Proportion("tool_call", known="finish_known", value="rate")),),
        caveats=(
            "The study counts tokens of such requests (tool-call-token-share), not requests.",
            ATTEMPTS,
            FINISH,
            COST,
        ),
    ),
    Metric(
        id="tool-call-token-share",
        title="Share of tokens in requests that end in a tool call",
        study=("A-03",),
        definition=Definition(
            numerator="prompt + completion tokens of attempts whose finish_reason is tool_calls",
            denominator="prompt + completion tokens of all attempts",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Proportion("tool_call", known="finish_known")),),
        caveats=(
            "This is the study's definition: a tool was really called; tools merely offered do not count.",
            FINISH,
            TOKENIZERS,
            COST,
        ),
        readings=("Tools offered, called or not: tools-offered.",),
    ),
    Metric(
        id="tools-offered",
        title="Requests that offer tools",
        study=("A-03b",),
        definition=Definition(
            numerator="tokens (or attempts, or USD) of attempts that offer at least one tool",
            denominator="the same of all attempts; invoked_per_offered: attempts that end in a tool call for each "
            "that "
            "offers tools",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(
            Shape(
                Origin.MODEL,
                Proportion(
                    "tools_offered",
                    known="tools_offered_known",
                    extra=(add("tool_call_requests"),),
                    more=(
                        Column("invoked_per_offered", part("tool_call_requests", "measured.tools_offered_requests")),
                    ),
                ),
            ),
        ),
        caveats=("Attempts that do not say how many tools they offer stay in the denominator.", TOKENIZERS, COST),
        readings=("Tools really called: tool-call-token-share, tool-call-rate.",),
    ),
    Metric(
        id="tool-calls-by-model",
        title="Tool calls by model",
        study=("A-04",),
        definition=Definition(
            numerator="tokens (or attempts, or USD) of one model's attempts that end in a tool call",
            denominator="the same of all models' attempts that end in a tool call",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Composition(prefix="tool_call", carried="finish_known")),),
        by="model",
        top=10,
        caveats=(
            "tokens, requests, cost_usd and n are of all the model's attempts; tool_call_* of those that end in a "
            "call.",
            ATTEMPTS,
            TOKENIZERS,
            COST,
        ),
        readings=(
            "The study's caption says tools provided, its text tool calls: here calls; provided is "
            "tools-offered --by model.",
        ),
    ),
    Metric(
        id="sequence-length",
        title="Prompt, completion and sequence length",
        study=("A-05", "A-06", "A-08"),
        definition=Definition(
            numerator="prompt tokens, completion tokens, and their sum (total) of each attempt",
            denominator="attempts: the mean is the exact sum divided by n; p50, p90 and p99 are nearest-rank "
            "quantiles, the smallest value with at least p % of all values at or below it, read from a "
            "histogram whose bins are at most 1/128 wide and given as the bin's midpoint (exact below 256, "
            "within 0.4 % above)",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="tokens per request",
        units=(Unit.TOKENS,),
        shapes=(
            Shape(
                Origin.MODEL,
                Distribution(
                    (
                        ("prompt", ("prompt_tokens",)),
                        ("completion", ("completion_tokens",)),
                        ("total", ("prompt_tokens", "completion_tokens")),
                    )
                ),
            ),
        ),
        caveats=(
            "Prompt tokens include cached ones, completion tokens include reasoning ones.",
            "Every attempt counts, failed ones with the tokens they report.",
            TOKENIZERS,
        ),
        readings=("Weekly means against the mean of a longer period: --bucket 1w against --bucket all.",),
    ),
    Metric(
        id="input-output-ratio",
        title="Prompt tokens per completion token",
        study=("A-10",),
        definition=Definition(
            numerator="prompt tokens",
            denominator="completion tokens",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, _RATIO),),
        caveats=("A ratio of totals; long requests weigh more than in a mean of ratios.", TOKENIZERS),
    ),
    Metric(
        id="agentic-share",
        title="Agentic share, a composite of ours",
        study=("X-06",),
        definition=Definition(
            numerator="the unweighted mean of three token shares: of reasoning models, of attempts that end in a "
            "tool call, "
            "of attempts that offer tools",
            denominator="all tokens, in each of the three; a share whose field no attempt carries is left out",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, _AGENTIC),),
        caveats=(
            "Ours, not the study's: agentic use is not measured, only its signs are. Read the three parts.",
            "known_share is the part of attempts that carry a finish_reason.",
            BYOK,
            TOKENIZERS,
        ),
    ),
)
