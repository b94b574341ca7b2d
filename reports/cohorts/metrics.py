"""The account metrics, declared."""

from typing import Final

from tokentide.reports.cohorts import after_free, answers
from tokentide.reports.cohorts.lasting import COLUMNS, model_survival
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import Unit
from tokentide.reports.metric import Definition, Metric, Shape

_ACCOUNTS: Final = (
    "accounts: (account_key_id, account_hash) of accepted events that carry an account_hash; accounts of different "
    "key ids are never compared"
)
_ROTATION: Final = (
    "When a gateway replaces its key, the same customers get new hashes. Accounts of a key that ended leave n from "
    "the period it ended in; accounts first seen in the first period of a key that began more than 14 days after the "
    "store are in no cohort and counted as rotated."
)
_FIRST: Final = (
    "Accounts of the store's first period may be older than they look: its cohort holds whoever was there already."
)
_NULL: Final = "A period that is not over is null, never 0; a period is over once events of a later day came."
_ABSENT: Final = "Where 0 % of requests carry account_hash there are no rows, and a note says so."
_PERIODS: Final = (
    "The study's cohorts are calendar months: --period month. Those of the last days of a month have less time to "
    "come back in month 1; --period 30d counts 30-day periods from each account's own first day (ours)."
)
_KINDS: Final = (
    "The study counts who is active in month n, whatever happened in between: --kind activity, so that curves may "
    "rise. --kind strict counts who was active in every period so far, so that they cannot."
)
_FILTERS: Final = "none, unless the question names values of a dimension; first use is then first use of those"
_PERIOD: Final = {"period": ("month", "week", "30d")}
_KIND: Final = {"kind": ("activity", "strict")}
_OF: Final = {"of": ("account", "app")}
_WILSON: Final = "low and high are the 95 % Wilson interval of the share of n accounts."


SURVIVAL: Final = answers.OfAccounts(COLUMNS, model_survival, ("week",))
AFTER_FREE: Final = answers.OfAccounts(after_free.COLUMNS, after_free.after_free, ("week",))


def _metric(
    id_: str,
    title: str,
    study: tuple[str, ...],
    formula: answers.OfAccounts,
    words: tuple[str, str],
    splits: tuple[str, ...] | None = None,
    **other: object,
) -> Metric:
    """Return an entry whose unit is the account and whose population is those that have one."""
    return Metric(
        id=id_,
        title=title,
        study=study,
        definition=Definition(words[0], words[1], _ACCOUNTS, _FILTERS),
        unit="ratio",
        units=(Unit.ACCOUNTS,),
        shapes=(Shape(Origin.ACCOUNTS, formula, by=splits),),
        **other,  # type: ignore[arg-type]
    )


METRICS: Final = (
    _metric(
        "retention",
        "Retention of accounts by cohort",
        ("R-01",),
        answers.RETENTION,
        (
            "accounts of a cohort that use the model again at an offset: in the n-th month, week or 30-day period "
            "after the one of their first use of it",
            "accounts of the cohort whose period of that offset is over and was observed (n)",
        ),
        by="model",
        top=20,
        grids=(),
        options={**_PERIOD, **_KIND},
        caveats=(_ROTATION, _FIRST, _NULL, _WILSON, _ABSENT, "Groups are those with most accounts; no `other`."),
        readings=(_PERIODS, _KINDS),
    ),
    _metric(
        "retention-by-category",
        "Retention of accounts by their main category",
        ("X-08",),
        answers.BY_CATEGORY,
        (
            "accounts of a cohort that use anything again at an offset, by the category of most of their classified "
            "tokens (weighted)",
            "accounts of the cohort and main category whose period of that offset is over and was observed (n)",
        ),
        splits=(),
        top=20,
        grids=(),
        options={**_PERIOD, **_KIND},
        caveats=(
            "Who stays longer is classified more often: accounts without a classified request are `unclassified`, "
            "and compare only among themselves.",
            _ROTATION,
            _FIRST,
            _NULL,
            _WILSON,
            _ABSENT,
        ),
        readings=(_PERIODS, _KINDS),
    ),
    _metric(
        "retention-flags",
        "Foundational cohorts, models without one, comebacks",
        ("R-02", "R-03", "R-04"),
        answers.FLAGS,
        (
            "foundational: one of the first 3 cohorts of at least 100 accounts retains at least 10 points more than "
            "the median of the later ones (at least 3, each of at least 100) at the last offset they share, and the "
            "lead exceeds 5 points beyond chance; none: no such cohort, and every lead is below 20 points with "
            "97.5 % confidence; undecided: neither; too_few: nothing to compare; boomerang: a cohort of at "
            "least 300 whose same accounts are active at an offset at least 5 points more often than at "
            "an earlier one",
            "accounts of the cohort (n)",
        ),
        by="model",
        grids=(),
        options=_PERIOD,
        caveats=(
            "The study gives no thresholds; these are ours. p_adjusted is Benjamini-Hochberg over all cohorts "
            "compared, of all groups; flags hold at 5 %. Comebacks: one-sided exact McNemar test, times the pairs of "
            "offsets looked at (Bonferroni).",
            "On 200 simulated markets of 8 models without anything to find, at most 5 % have a flag of a kind. With "
            "300 accounts in each cohort, a lead of 20 points and a rise of 20 points are each found at least four "
            "times in five; a rise of 15 points seven times in ten.",
            _ROTATION,
            _ABSENT,
        ),
    ),
    _metric(
        "free-retention",
        "Retention of accounts that began on a free variant",
        ("X-04",),
        answers.RETENTION,
        (
            "accounts whose first use of the free variant of a model fell into a cohort and that use that free "
            "variant again at an offset",
            "accounts of the cohort whose period of that offset is over and was observed (n)",
        ),
        by="model",
        top=20,
        fixed={"variant": ("free",)},
        grids=(),
        options={**_PERIOD, **_KIND},
        caveats=(
            "Only the free variant counts on both sides: who goes on at a price is gone here, and in "
            "paid-after-free.",
            _ROTATION,
            _FIRST,
            _NULL,
            _WILSON,
            _ABSENT,
        ),
    ),
    _metric(
        "paid-after-free",
        "Accounts that go on at a price after free use",
        ("X-04",),
        AFTER_FREE,
        (
            "accounts that used the free variant of a model before its price started and that use it on any other "
            "variant in a week after (active); in that week or any since the start (ever)",
            "accounts that used the free variant before the start and whose week is over and was observed (n)",
        ),
        splits=("model",),
        by="model",
        top=20,
        grids=(),
        caveats=(
            "start: the day after the last use of the free variant, where nobody has used it for 14 whole days since "
            "(began: free_ended); else the first day of a list price above zero in the catalogue, if the variant was "
            "used before it (price_began). Models with neither have no rows.",
            "Weeks are 7 days, the first from the start on; 12 are followed, the first that is not over is null.",
            "paid_before of the accounts used another variant of the model before the start already: they were "
            "customers, not won by the free variant.",
            "A free variant that nobody uses any more may be a model that nobody uses any more: see model-survival. "
            "Use on a customer's own key counts as use.",
            "Accounts of a replaced key leave n from the week it ended in.",
            _WILSON + " They belong to retention.",
            _ABSENT,
            "Groups are those with most accounts; no `other`.",
        ),
    ),
    _metric(
        "models-per-account",
        "Models used per account",
        ("X-01",),
        answers.MODELS,
        (
            "distinct models each account used in the bucket: mean, median, 90th percentile; and accounts with two "
            "models or more, two authors or more",
            "accounts active in the bucket (n)",
        ),
        grids=("bucket",),
        options=_OF,
        caveats=(
            "A longer bucket shows more models per account.",
            _WILSON + " They belong to multi_model_share.",
            "--of app counts named apps instead of accounts.",
            _ABSENT,
        ),
    ),
    _metric(
        "multi-homing",
        "Accounts that use more than one model",
        ("X-01",),
        answers.MODELS,
        (
            "accounts that used at least two models (multi_model_share) or models of at least two authors "
            "(multi_author_share) in the bucket, and their part of the tokens",
            "accounts active in the bucket (n)",
        ),
        grids=("bucket",),
        options=_OF,
        caveats=("A longer bucket shows more models per account.", _WILSON, _ABSENT),
    ),
    _metric(
        "switching-matrix",
        "From main model to main model",
        ("X-01",),
        answers.SWITCHING,
        (
            "accounts whose main model (or author), that of most of their tokens, was `source` in a period and "
            "`target` in the next",
            "accounts with that source in the period (n); who is not seen in the next has target ''",
        ),
        splits=("author", "model"),
        by="author",
        grids=(),
        options={"period": ("month", "week"), **_OF},
        caveats=(
            "--of app follows named apps instead of accounts.",
            _WILSON,
            _ABSENT,
            "Across a replaced key, accounts go to '' and new ones begin: see the note.",
        ),
    ),
    _metric(
        "tool-call-share-without-largest-account",
        "Share of tokens in tool calls, without the largest account",
        ("A-03",),
        answers.TOOLS,
        (
            "prompt + completion tokens of attempts that ended in a tool call, without the account that has most of "
            "them in the bucket",
            "prompt + completion tokens of all accounts but that one",
        ),
        grids=("bucket",),
        caveats=(
            "The study's spike of May 2025 was one account. share_with_largest is with it; low and high are its 95 % "
            "interval, clustered by account.",
            _ABSENT,
        ),
    ),
    _metric(
        "largest-account-share",
        "Share of the largest account",
        ("A-03",),
        answers.WHALES,
        ("tokens of the account with most tokens in the bucket", "tokens of all accounts"),
        grids=("bucket",),
        caveats=("n_eff is how many accounts of equal size would be as concentrated.", _ABSENT),
    ),
    Metric(
        id="model-survival",
        title="How long models are used",
        study=("X-02",),
        definition=Definition(
            "models not yet faded so many weeks after their release (or first use, if earlier or unknown); a model "
            "fades in the first week after its best one with less than a tenth of the best week's tokens",
            "models that came after the store's first week, by Kaplan-Meier: those not faded by the last whole week "
            "are censored there",
            "every accepted event of the store",
            _FILTERS,
        ),
        unit="ratio",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, SURVIVAL),),
        grids=(),
        caveats=(
            "Models already in use in the store's first week are left out and counted (older): the short-lived among "
            "them were never seen.",
            "low and high are a 95 % interval by Greenwood's variance on the log(-log) scale.",
            "By release_order the groups are of unlike age: later releases are followed for fewer weeks, which is "
            "censoring, not fading.",
        ),
        readings=(
            "By price tier: --by price_tier; by which of its author's releases a model was: --by release_order; "
            "either within the other: --by release_order --filter price_tier=budget.",
        ),
    ),
)
