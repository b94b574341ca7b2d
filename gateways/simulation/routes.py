"""Who serves which model: invented endpoints under real names."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.roster import Model

PROVIDERS: Final = (
    *("openai", "azure", "openai-batch", "anthropic", "bedrock", "vertex", "google", "google-vertex", "google-eu"),
    *("xai", "oracle", "azure-xai", "deepinfra", "together", "novita"),
)
"""Three in a row serve the same models; the first of three charges the list price."""
_FIRST: Final = {"openai": 0, "anthropic": 3, "google": 6, "x-ai": 9}
_ELSEWHERE: Final = 12
SHARES: Final = np.array([0.7, 0.2, 0.1])


def first_provider(models: tuple[Model, ...]) -> NDArray[np.int64]:
    """Return the index of each model's first provider in `PROVIDERS`."""
    return np.array(
        [_FIRST.get(model.author, _ELSEWHERE) if model.group == "proprietary" else _ELSEWHERE for model in models]
    )
