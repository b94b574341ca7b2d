"""The simulated group coordinator: members, generations, and commits that may be late or unanswered."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tokentide.streams import plan as plan_code
from tokentide.streams.plan import Commit


@dataclass(slots=True)
class Request:
    """Something a worker waits for."""

    ready: bool = False
    value: object = None
    error: Exception | None = None

    def answer(self, value: object = None) -> None:
        if not self.ready:
            self.ready, self.value = True, value

    def fail(self, error: Exception) -> None:
        if not self.ready:
            self.ready, self.error = True, error


class FencedError(Exception):
    """The commit was refused."""


class UnknownOutcomeError(Exception):
    """No answer: the commit may have been applied, or may yet be."""


@dataclass(slots=True)
class CommitRequest:
    """A commit on its way, with the identity it was sent under."""

    member: int
    generation: int
    offset: int
    metadata: str
    reply: Request


@dataclass(slots=True)
class Group:
    """Members and the one commit of the partition, kept as an offset and a string as Kafka keeps it."""

    on_applied: Callable[[Commit], None]
    generation: int = 0
    members: set[int] = field(default_factory=set)
    owner: int | None = None
    offset: int = -1
    metadata: str = ""
    in_flight: list[CommitRequest] = field(default_factory=list)
    next_member: int = 1

    def read(self) -> Commit | None:
        """Return the commit as the worker parses it."""
        return None if self.offset < 0 else plan_code.parse_commit(self.offset, self.metadata)

    def join(self) -> int:
        """Admit a member under a new id."""
        member = self.next_member
        self.next_member += 1
        self.members.add(member)
        return member

    def is_fenced(self, request: CommitRequest) -> bool:
        """Whether the sender is no member of this generation."""
        return request.member not in self.members or request.generation != self.generation

    def arrive(self, request: CommitRequest) -> bool:
        """Apply a commit of a living member of this generation; refuse any other."""
        self.in_flight.remove(request)
        if self.is_fenced(request):
            request.reply.fail(FencedError())
            return False
        self.offset, self.metadata = request.offset, request.metadata
        self.on_applied(plan_code.parse_commit(request.offset, request.metadata))
        return True
