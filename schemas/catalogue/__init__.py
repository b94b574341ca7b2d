"""The model catalogue: a reviewed table of facts (models.csv) and the rules from any name to its slug."""

from tokentide.schemas.catalogue.catalogue import Catalogue, load
from tokentide.schemas.catalogue.facts import ModelFacts, Price, list_cost_nano
from tokentide.schemas.catalogue.names import Name

__all__ = ["Catalogue", "ModelFacts", "Name", "Price", "list_cost_nano", "load"]
