"""Asking a store for figures: one answer serves all figures that ask the same."""

from collections.abc import Mapping
from typing import Any

from tokentide.reports.answer import Result, run
from tokentide.reports.computed import StoreQuery
from tokentide.reports.page.asking import request
from tokentide.reports.page.fields import Known, known
from tokentide.reports.page.figure import Figure
from tokentide.reports.page.payload import payload, unanswered
from tokentide.reports.page.view import View
from tokentide.schemas.errors import UsageError


class Answers:
    """Answers of one moment: kept as long as the object, so let it go when the store has changed."""

    def __init__(self, query: StoreQuery) -> None:
        self._query = query
        self._results: dict[str, Result] = {}
        self._known: dict[View, Known] = {}

    def payload(self, figure: Figure, view: View) -> Mapping[str, Any]:
        """Return a figure's payload as JSON; a figure the store cannot answer says why."""
        try:
            result = self._result(figure, view)
        except UsageError as error:
            return unanswered(figure, str(error), view.unit).describe()
        return payload(figure, result, self._carried(view), view.unit).describe()

    def _result(self, figure: Figure, view: View) -> Result:
        asked = request(figure, view)
        found = self._results.get(repr(asked))
        if found is None:
            found = self._results[repr(asked)] = run(self._query, asked)
        return found

    def _carried(self, view: View) -> Known:
        if view not in self._known:
            self._known[view] = known(self._query, view)
        return self._known[view]
