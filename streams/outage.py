"""What is said of a store that does not answer: once when it begins, once when it is over.

Every partition and timer of a worker meets the same outage, again at every try; one of them tells.
"""

from dataclasses import dataclass

from tokentide.sinks.clickhouse.errors import StoreUnreachableError


@dataclass(slots=True)
class Outage:
    """One store's silence, shared by all that ask it.

    Attributes:
        store: what it is called; empty while it answers.
        began_s: since when it does not answer, on the monotonic clock.
    """

    store: str = ""
    began_s: float = 0.0

    def missed(self, error: StoreUnreachableError, now_s: float) -> str | None:
        """Return what to tell of a try that failed; None if that is known."""
        if self.store:
            return None
        self.store, self.began_s = error.store, now_s
        return (
            f"{error}: check that it runs and that TOKENTIDE_STORE names it; "
            "it is asked again until it answers, and what is not written yet stays in Kafka"
        )

    def answered(self, now_s: float) -> str | None:
        """Return what to tell of a try that succeeded; None if nothing was wrong."""
        if not self.store:
            return None
        store, self.store = self.store, ""
        return f"{store}: reached again after {now_s - self.began_s:.0f} s"
