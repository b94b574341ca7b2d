"""The additive measures of the place family: what of the model family makes sense of a country or a language."""

import numpy as np
import pyarrow as pa

from tokentide.streams.transforms.facts import Facts
from tokentide.streams.transforms.keys import Groups
from tokentide.streams.transforms.sums import Sums


def place_measures(facts: Facts, groups: Groups) -> dict[str, pa.Array]:
    """Return every measure of grouped facts by name, one row per group."""
    sums = Sums(groups)
    prompt, completion = facts.numbers("prompt_tokens").values, facts.numbers("completion_tokens").values
    cost = facts.numbers("cost_nano")
    unpriced = np.zeros(facts.rows, np.bool_) if cost.known is None else ~cost.known
    return {
        "attempts": sums.count(None),
        "requests": sums.count(facts.numbers("attempt").values == 1),
        "prompt_tokens": sums.total(prompt),
        "completion_tokens": sums.total(completion),
        "cost_nano": sums.total(cost.values),
        "unpriced": sums.count(unpriced),
        "tokens_sq": sums.squares(prompt + completion),
        "cost_sq": sums.squares(cost.values),
    }
