"""How large the open models are that people use."""

from typing import Final

from tokentide.reports.computations.ranking import ActiveModels
from tokentide.reports.dimensions import MODEL_GROUPS, Origin
from tokentide.reports.metric import Definition, Metric, Shape
from tokentide.reports.metrics.words import CATALOGUE, COST, POPULATION, SHARE_UNITS, TOKENIZERS, share_of
from tokentide.reports.shares import Composition

METRICS: Final = (
    Metric(
        id="size-class-share",
        title="Open models by size",
        study=("O-09",),
        definition=share_of(
            "open models of one size class (small < 15 billion parameters, medium < 70, large from 70 on)",
            "all open models",
            filters="models with open weights only; further ones a question names restrict both sides",
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Composition(known="size_class")),),
        by="size_class",
        fixed={"open": ("yes",)},
        caveats=(
            "Size is the total number of parameters; a mixture of experts uses a part of them at a time.",
            "known_share is the part of the bucket's attempts whose model has a known total size.",
            CATALOGUE,
            TOKENIZERS,
            COST,
        ),
        readings=("By active instead of total parameters: --by active_size_class.",),
    ),
    Metric(
        id="active-models-by-size",
        title="Open models in use, by size",
        study=("O-10",),
        definition=Definition(
            numerator="distinct open models with at least one attempt in the bucket (models), and open models the "
            "catalogue "
            "had released before its end (available)",
            denominator="none",
            population=POPULATION,
            filters="models with open weights only",
        ),
        unit="models",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, ActiveModels(), by=MODEL_GROUPS),),
        by="size_class",
        fixed={"open": ("yes",)},
        grids=("bucket",),
        caveats=(
            "Distinct counts do not add up over buckets.",
            "A class of which none is in use has a row of 0 models where one is available; a bucket in which no open "
            "model is in use has no rows.",
            "available knows releases, not withdrawals; filters on traffic do not restrict it.",
            CATALOGUE,
        ),
        readings=("By active instead of total parameters: --by active_size_class.",),
    ),
)
