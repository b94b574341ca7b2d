"""Where the study, and what was written about it, contradict each other: which reading holds here, and the other.

Numbers in these sentences are the study's, quoted as what was said; no code compares anything with them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One contradiction, settled.

    Attributes:
        claim: what contradicts what.
        settled: the denominator, unit or window used here.
        other: what the other reading would give.
        asked: questions that give both readings; empty where only one makes sense.
    """

    claim: str
    settled: str
    other: str
    asked: tuple[str, ...] = ()


CONTRADICTIONS: Final = (
    Contradiction(
        "Roleplay is 60 %, more than 50 %, or 52 % of open models' tokens.",
        "Share of the category roleplay in the classified tokens of open models.",
        "58 to 60 % is most likely the sub-tag Roleplaying Games within roleplay: another whole.",
        ("oss-category-mix", "category-sub-tags --filter category=roleplay", "oss-category-mix --by bucket_category"),
    ),
    Contradiction(
        "Chinese open models rose from 1.2 % to 30 % of all tokens, or of open models' tokens; from early or late "
        "2024.",
        "Of all tokens of the same week, as the study's figure draws it; the week of the least share is given.",
        "Of open models only, the shares are several times as large and measure another rivalry.",
        ("source-share-summary", "source-share-summary --filter open=yes"),
    ),
    Contradiction(
        "Programming is 15 to 20 % and second, or more than 50 % and first.",
        "Both hold, of different populations: open models, and all models. Each metric names its own.",
        "Comparing the two as if they were one would find a trend where there is none.",
        ("category-share", "oss-category-mix"),
    ),
    Contradiction(
        "Switching is cheap, or lock-in is strong.",
        "Two measurements: how many models an account uses at a time, and how many of a model's first users stay.",
        "Either alone would settle a question that it does not ask: most cohorts churn, few do not.",
        ("multi-homing, switching-matrix", "retention, retention-flags"),
    ),
    Contradiction(
        "The quadrants are efficient giants, premium leaders, long tail and specialists; or they include "
        "disruptors; an "
        "older flagship stands with the leaders, or with the specialists.",
        "Categories fall into four quadrants by median price and median use; models into archetypes by price and "
        "rank of "
        "use. Membership is computed, and says what a model costs and how much it is used now.",
        "Disruptor is no price and no volume; it is not computed.",
        ("price-quadrants", "price-archetypes"),
    ),
    Contradiction(
        "Sizes are M-shaped, or medium is the new small.",
        "Shares of three size classes of open models by total parameters; the shape is read off the figure.",
        "By active parameters many mixtures of experts move from large to small.",
        ("size-class-share", "size-class-share --by active_size_class"),
    ),
    Contradiction(
        "Price has little effect, and cheap models fail faster; or cheapness alone is not enough.",
        "A slope across models for the first, survival by price tier for the second; neither is a cause.",
        "Within one model, before and after its price changed, the answer can differ from the slope across models.",
        ("price-slope", "price-slope-by-tier", "price-change-effect", "model-survival"),
    ),
    Contradiction(
        "Retention of the large closed models keeps rising, or is high for single early cohorts only.",
        "Every cohort of a model is its own curve; a flag says where one early cohort stays far above the later "
        "ones.",
        "Pooled over cohorts, a curve rises when early cohorts are the larger ones, without anyone staying longer.",
        ("retention", "retention-flags"),
    ),
    Contradiction(
        "Low filtering is a trait of Chinese models, or of open models generally.",
        "The rate of answers that ended by a content filter, by source, author or model.",
        "Neither reading is assumed: the groups are compared, and what a provider blocks earlier is not seen.",
        ("content-filter-rate --by source", "content-filter-rate --by author"),
    ),
    Contradiction(
        "Categories are tagged since May 2025, yet values for early 2025 are given.",
        "Shares exist only for buckets with classified requests; known_share says which part of a bucket that was.",
        "Filling earlier buckets from later ones would show a level nobody measured.",
        ("category-share --bucket 1w",),
    ),
    Contradiction(
        "United States and Canada together exceed North America.",
        "Continents are sums of countries over the same attempts, those that carry a billing country.",
        "Two tables with two populations cannot add up; the difference would look like a third country.",
        ("continent-share", "country-share"),
    ),
    Contradiction(
        "Mean prompt above 6,000 and completion 400 tokens, yet mean sequence 5,400.",
        "All three means are over the same attempts and the same window, so total = prompt + completion exactly.",
        "Means of different windows differ by the growth between them.",
        ("sequence-length --bucket 1w", "sequence-length --bucket all"),
    ),
    Contradiction(
        "The growth took 20 months, or 24.",
        "No figure here names a span by itself: the question's --from and --to do.",
        "The same end points over fewer months are a faster growth.",
        ("sequence-length --bucket 1w --from … --to …",),
    ),
    Contradiction(
        "Chinese and other open models have nearly equal average shares (13.0 and 13.7 %), but the authors' totals "
        "are "
        "2 : 1.",
        "Both are given: the unweighted mean of weeks (mean_share) and the share of the total (share).",
        "Weeks of little traffic weigh as much as large ones in the mean, so early leaders look larger.",
        ("source-share-summary", "oss-tokens-by-author"),
    ),
    Contradiction(
        "Programming by author is called requests, spend and tokens; geography spend and tokens.",
        "Tokens unless asked otherwise; all three shares stand side by side in every row.",
        "By spend, authors of dear models gain; by requests, those of short ones.",
        ("programming-by-author --unit tokens|requests|usd", "continent-share --unit tokens|usd"),
    ),
    Contradiction(
        "Science stands in two quadrants; Adult and Writers Resources are in roleplay, or buckets of their own.",
        "A category stands in exactly one quadrant. The product vocabulary puts both into roleplay, as the figures "
        "do; "
        "the nine buckets of the method keep them apart. One reviewable mapping holds both.",
        "With the buckets roleplay is smaller, and adult and literature appear.",
        ("category-share", "category-share --by bucket_category"),
    ),
    Contradiction(
        "A figure of tools provided, which the text says is not reported.",
        "Tool calls (finish_reason tool_calls) by model, and tools offered as a metric of its own.",
        "Offered tools count requests whose model never used them.",
        ("tool-calls-by-model", "tools-offered --by model"),
    ),
    Contradiction(
        "0.25 % of requests are classified, or 5 %.",
        "Each event carries its own sample_rate and weighs 1 / rate; every share has n, n_eff and an interval.",
        "At 0.25 % an interval is about 4.5 times as wide as at 5 %.",
        ("category-share",),
    ),
    Contradiction(
        "Asia has 28.61 % or 31 % of tokens.",
        "Both are right: of the whole window, and of its last weeks. --bucket chooses.",
        "A growing share is larger in its last weeks than over the whole window.",
        ("continent-share --bucket all", "continent-share --bucket 1w"),
    ),
)
