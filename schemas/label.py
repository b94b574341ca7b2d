"""A content category of a prompt: a path of a closed taxonomy and how sure its classifier was."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tokentide.schemas import taxonomy
from tokentide.schemas.wire_types import Confidence, out_of_range


class Label(BaseModel):
    """One content category of the prompt, as its classifier saw it."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    path: Annotated[str, Field(min_length=1, max_length=taxonomy.MAX_PATH, pattern="^/")]
    """Google content category; cut to its longest prefix that `taxonomy` knows."""
    confidence: Confidence

    @field_validator("path")
    @classmethod
    def _known(cls, path: str) -> str:
        known = taxonomy.cut(path)
        if known is None:
            raise out_of_range("the top level is none of the content categories")
        return known
