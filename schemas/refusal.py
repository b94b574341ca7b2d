"""The refusal of one message: a reason code, the field it names, and words that hold no value of the message."""

from dataclasses import dataclass

from tokentide.schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused message of a batch.

    Attributes:
        index: position of the message in the decoded sequence.
        reason: why it was refused.
        field: canonical name of the field at fault; "" when the whole message is.
        detail: one sentence that never repeats a value of the message.
    """

    index: int
    reason: Reason
    field: str
    detail: str


class EventRefusedError(ValueError):
    """A message that is no acceptable usage event; carries reason, field and detail."""

    def __init__(self, reason: Reason, field: str, detail: str) -> None:
        super().__init__(f"{reason.value}{f' ({field})' if field else ''}: {detail}")
        self.reason = reason
        self.field = field
        self.detail = detail

    def at(self, index: int) -> Refusal:
        """Return this refusal as that of message `index` of a batch."""
        return Refusal(index, self.reason, self.field, self.detail)
