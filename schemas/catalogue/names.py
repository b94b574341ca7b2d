"""From any name a gateway may use for a model to the catalogue's slug: pure text, no guess.

A route is who serves the request (`openrouter/`, `groq/`), an author who made the model. Routes are dropped,
authors kept. A name that the catalogue does not list keeps its own spelling, made safe, and is not `known`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tokentide.schemas.catalogue.routes import (
    AUTHOR_ALIASES,
    AUTHORS_THAT_ROUTE,
    HOST_FOLDERS,
    ROUTES,
    VARIANTS,
)
from tokentide.schemas.errors import UserError

UNKNOWN: Final = "unknown"
MAX_SLUG: Final = 128
_MAX_RAW: Final = 512
_NO_NAMES: Final = frozenset({"", "none", "null", "nil", "redacted", "unknown", "undefined", "n-a"})
_UNSAFE: Final = re.compile(r"[^a-z0-9._/@+-]+")
_BEDROCK: Final = re.compile(
    r"(?:(?:us|eu|apac|ap|jp|au|ca|sa|me|af|us-gov|global)\.)?"
    r"(ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen"
    r"|writer|xai|zai)\.(?=[a-z])(.+)"
)
_REGION: Final = re.compile(r"[a-z]{2}(?:-gov)?-[a-z]+-\d|\d+-month-commitment")
_REVISION: Final = re.compile(r"-v?\d+:\d+(?::\w+)?$")
_VERSION: Final = re.compile(r"-v\d+$")
_DATE: Final = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$")
_PUNCTUATION: Final = re.compile(r"[-._:@ ]+")
_SPELT_POINT: Final = re.compile(r"(?<=\d)p(?=\d)")
_LLAMA: Final = re.compile(r"^(?:meta-)?llama-?v?(?=\d)")
_EDGES: Final = "-./@+"


class Name(NamedTuple):
    """What a raw name stands for.

    `slug` is `author/model` where `known`; otherwise the cleaned name, or `unknown` if there was none.
    `variant` is the gateway's own suffix (`free`, `thinking`, `ft` for a fine-tune), '' for the model itself.
    """

    slug: str
    author: str
    variant: str
    known: bool


_NOBODY: Final = Name(UNKNOWN, UNKNOWN, "", False)


class NameIndex:
    """Slugs and aliases, indexed with dots, dashes and case folded together."""

    def __init__(self, models: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Index the models' (slug, aliases).

        Slugs and bare aliases are found with and without the author, an alias `author/model` only as it
        stands. A bare name that two authors use is not resolved.

        Raises:
            UserError: two models of one author claim the same name.
        """
        self._by_author: dict[tuple[str, str], str] = {}
        self._bare: dict[str, set[str]] = {}
        for slug, aliases in models:
            for alias in (slug, *aliases):
                self._enter(slug, alias)

    def name(self, raw: str | None) -> Name:
        """Return what the raw name stands for; never fails, whatever the text.

        Applying it to the slug it returned gives the same slug again.
        """
        text, variant = _split_variant((raw or "").strip().lower()[:_MAX_RAW])
        found = self._find(text)
        if found:
            return Name(found, found.partition("/")[0], variant, True)
        return self._unlisted(text, variant)

    def _unlisted(self, text: str, variant: str) -> Name:
        for _ in range(_MAX_RAW):
            slug = _safe(_REVISION.sub("", "/".join(_segments(text))))
            if slug == text:
                break
            text = slug
        if slug.rpartition("/")[2] in _NO_NAMES:
            return _NOBODY
        found = self._find(slug)
        if found:
            return Name(found, found.partition("/")[0], variant, True)
        author = slug.partition("/")[0] if slug.count("/") == 1 else UNKNOWN
        return Name(slug, author, variant, False)

    def _find(self, text: str) -> str | None:
        segments = _segments(text)
        for spelling in _spellings(segments[-1] if segments else ""):
            found = self._lookup(segments[-2] if len(segments) > 1 else "", spelling)
            if found:
                return found
        return None

    def _lookup(self, author: str, model: str) -> str | None:
        found = self._by_author.get((author, _key(model))) if author else None
        if found or (author and author not in AUTHORS_THAT_ROUTE):
            return found
        slugs = self._bare.get(_key(model), set())
        return next(iter(slugs)) if len(slugs) == 1 else None

    def _enter(self, slug: str, alias: str) -> None:
        author, _, model = alias.rpartition("/")
        place = (author or slug.partition("/")[0], _key(model))
        if self._by_author.setdefault(place, slug) != slug:
            raise UserError(f"{slug} column aliases: {alias} already names {self._by_author[place]}")
        if not author or alias == slug:
            self._bare.setdefault(_key(model), set()).add(slug)


def _key(model: str) -> str:
    return _PUNCTUATION.sub("-", model).strip("-")


def _safe(text: str) -> str:
    return _UNSAFE.sub("-", text)[:MAX_SLUG].strip(_EDGES)


def _split_variant(text: str) -> tuple[str, str]:
    """Split the gateway's suffix off; a fine-tune keeps only its base: the rest may name a customer."""
    if "ft:" in text and (tuned := re.search(r"(?:^|/)ft:([^:]*)", text)):
        return tuned.group(1), "ft"
    base, _, suffix = text.rpartition(":")
    return (base, suffix) if base and suffix in VARIANTS else (text, "")


def _segments(text: str) -> list[str]:
    """Return the name's parts without routes, hosts' folders and regions, the author under its own name."""
    parts = [part for part in text.split("/") if part]
    while len(parts) > 1 and _leads_to_the_model(parts):
        parts = _without_route(parts)
    if parts and (bedrock := _BEDROCK.fullmatch(parts[-1])):
        parts = [bedrock.group(1), bedrock.group(2)]
    if len(parts) > 1:
        parts[-2] = AUTHOR_ALIASES.get(parts[-2], parts[-2])
    return parts


def _leads_to_the_model(parts: list[str]) -> bool:
    first = parts[0]
    if first in ROUTES or first in HOST_FOLDERS or _REGION.fullmatch(first):
        return True
    return len(parts) > 2 and first in AUTHORS_THAT_ROUTE


def _without_route(parts: list[str]) -> list[str]:
    route, own = parts[0], ROUTES.get(parts[0])
    rest = parts[HOST_FOLDERS.get(route, 1) :] or parts[-1:]
    if own:
        return [own, *rest] if len(rest) == 1 else rest
    return [*rest[:-1], rest[-1].removeprefix(f"{route}-")]


def _spellings(model: str) -> Iterator[str]:
    """Yield the name as it stands, then without serving revision, date and version, then respelt.

    `2p5` is how fireworks writes 2.5; Llama is `llama-3.1`, `llama3.1`, `llama-v3p1` and `meta-llama-3.1`.
    """
    yield model
    current = _REVISION.sub("", model)
    yield current
    undated = _DATE.sub("", current)
    yield undated
    yield _VERSION.sub("", undated)
    yield _LLAMA.sub("llama-", _SPELT_POINT.sub(".", undated))
