"""Reading models.csv: one row per model and price period, checked cell by cell."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tokentide.schemas.errors import UserError

MAX_PRICE_PER_1M: Final = Decimal(2000)
_FLAGS: Final = {"true": True, "false": False}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _flag(text: object) -> object:
    if text == "":
        return None
    if text not in _FLAGS:
        raise ValueError("must be true, false or empty")
    return _FLAGS[str(text)]


def _day(text: object) -> object:
    if text == "":
        return None
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise ValueError("must be YYYY-MM-DD or empty")
    return date.fromisoformat(text)


def _optional(text: object) -> object:
    return None if text == "" else text


def _words(text: object) -> object:
    return tuple(str(text).split("|")) if text else ()


Flag = Annotated[bool | None, BeforeValidator(_flag)]
Day = Annotated[date | None, BeforeValidator(_day)]
_Billions = Annotated[Decimal, Field(gt=0, le=100_000, allow_inf_nan=False, decimal_places=3)]
_UsdPerMillion = Annotated[Decimal, Field(ge=0, le=MAX_PRICE_PER_1M, allow_inf_nan=False, decimal_places=6)]
_CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Billions = Annotated[_Billions | None, BeforeValidator(_optional)]
UsdPerMillion = Annotated[_UsdPerMillion | None, BeforeValidator(_optional)]
Country = Annotated[_CountryCode | None, BeforeValidator(_optional)]
Alias = Annotated[str, Field(pattern=r"^[a-z0-9._:/@+-]{1,128}$")]


class Row(BaseModel):
    """One line of models.csv; an empty cell is an unknown fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}/[a-z0-9][a-z0-9._+-]{0,80}$")]
    author: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    author_country: Country
    open_weights: Flag
    params_total_b: Billions
    params_active_b: Billions
    reasoning: Flag
    tool_call: Flag
    price_prompt_per_1m: UsdPerMillion
    price_completion_per_1m: UsdPerMillion
    price_cached_per_1m: UsdPerMillion
    release_date: Day
    valid_from: Day
    aliases: Annotated[tuple[Alias, ...], BeforeValidator(_words)]
    source: Annotated[str, Field(min_length=1, max_length=80)]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        fault = next(_faults(self), None)
        if fault:
            raise ValueError(fault)
        return self


def _faults(row: Row) -> Iterator[str]:
    """Yield 'column: what is wrong' for rules that span columns."""
    if row.author != row.slug.partition("/")[0]:
        yield "author: must be the part of slug before the slash"
    if row.params_active_b and (not row.params_total_b or row.params_active_b > row.params_total_b):
        yield "params_active_b: must not exceed params_total_b"
    priced = row.price_prompt_per_1m is not None
    if priced != (row.price_completion_per_1m is not None):
        yield "price_completion_per_1m: must be given together with price_prompt_per_1m"
    if priced != (row.valid_from is not None):
        yield "valid_from: must be given together with a price"
    if row.price_cached_per_1m is not None and not (
        priced and row.price_cached_per_1m <= (row.price_prompt_per_1m or 0)
    ):
        yield "price_cached_per_1m: must not exceed price_prompt_per_1m"


COLUMNS: Final = tuple(Row.model_fields)


def read_rows(path: Path) -> list[tuple[int, Row]]:
    """Return the rows of the file with their line numbers.

    Raises:
        UserError: the file, its header or a cell is at fault; the message names line and column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(_rows(path.name, lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path.name}: cannot be read: {error}") from error


def _rows(file: str, lines: Iterable[str]) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(lines, strict=True)
    header = tuple(next(reader, ()))
    if header != COLUMNS:
        raise UserError(f"{file} line 1: the columns must be {','.join(COLUMNS)}")
    for cells in reader:
        if len(cells) != len(COLUMNS):
            raise UserError(f"{file} line {reader.line_num}: {len(cells)} cells instead of {len(COLUMNS)}")
        yield reader.line_num, _row(f"{file} line {reader.line_num}", dict(zip(COLUMNS, cells, strict=True)))


def _row(where: str, cells: dict[str, str]) -> Row:
    try:
        return Row.model_validate(cells)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = f" column {first['loc'][0]}" if first["loc"] else ""
        raise UserError(f"{where}{column} ({cells['slug']}): {first['msg']}") from error
