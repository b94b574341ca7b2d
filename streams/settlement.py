"""The writes of one planned batch as a pure state machine: what to do next, given what was answered.

    commit the plan -> decide -> bury -> [boot? -> ledger? -> commit again] -> facts -> [read back] -> rollups

The bracketed steps are taken for an inherited plan and after a failure. Once the ledger has a batch its facts
stand: another writer's decisions, a part of another day say, must not be added to them.
Source: docs/protocol.md, "Write".
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from tokentide.streams.plan import Plan


class Step(StrEnum):
    """What the partition loop does next; the answer each gives is in brackets."""

    COMMIT = "commit the plan"
    DECIDE = "decide"
    BURY = "write dead letters"
    ASK_BOOT = "ask the store for its boot"  # (boot: str)
    ASK_LEDGER = "ask whether the ledger has the batch"  # (present: bool)
    WRITE_FACTS = "write facts"
    READ_FACTS = "read the facts back"
    WRITE_ROLLUPS = "write rollups and the ledger row"
    DONE = "settled"

    @property
    def asks_store(self) -> bool:
        """Whether the store is asked, so that its answer says that it is there."""
        return self in _STORE_STEPS


_STORE_STEPS = frozenset({Step.ASK_BOOT, Step.ASK_LEDGER, Step.WRITE_FACTS, Step.READ_FACTS, Step.WRITE_ROLLUPS})


@dataclass(slots=True)
class Settlement:
    """One batch between its plan and the end of its last write.

    Attributes:
        plan: what the commit holds, or is to hold when the step is COMMIT.
        inherited: an earlier writer planned it; its facts stand, so they are read back.
        step: what to do now.
        decided: the batch was decided; a later COMMIT only moves the plan to another boot.
        already_in: a repaired store has the whole batch: its facts are read to be remembered, nothing is written.
    """

    plan: Plan
    inherited: bool
    step: Step
    decided: bool = False
    already_in: bool = False
    _boot: str = ""

    @classmethod
    def of(cls, plan: Plan, *, inherited: bool) -> "Settlement":
        """Begin: a new plan is committed first, an inherited one already is."""
        return cls(plan, inherited, Step.DECIDE if inherited else Step.COMMIT)

    def advance(self, answer: object = None) -> None:
        """Go on from a step that succeeded with `answer`."""
        match self.step:
            case Step.COMMIT:
                self.step = Step.WRITE_FACTS if self.decided else Step.DECIDE
            case Step.DECIDE:
                self.decided, self.step = True, Step.BURY
            case Step.BURY:
                self.step = Step.ASK_BOOT if self.inherited else Step.WRITE_FACTS
            case Step.ASK_BOOT:
                self._after_boot(str(answer))
            case Step.ASK_LEDGER:
                self._after_ledger(present=bool(answer))
            case Step.WRITE_FACTS:
                self.step = Step.READ_FACTS if self.inherited else Step.WRITE_ROLLUPS
            case Step.READ_FACTS:
                self.step = Step.DONE if self.already_in else Step.WRITE_ROLLUPS
            case Step.WRITE_ROLLUPS | Step.DONE:
                self.step = Step.DONE

    def fail(self) -> None:
        """Go on from a step whose outcome is unknown: the store may have been opened anew meanwhile."""
        if self.step.asks_store:
            self.step = Step.ASK_BOOT

    def _after_boot(self, boot: str) -> None:
        self._boot = boot
        if boot == self.plan.boot and not self.inherited:
            self.step = Step.WRITE_FACTS  # the same opening and writer: tokens tell what it has
        else:
            self.step = Step.ASK_LEDGER

    def _after_ledger(self, *, present: bool) -> None:
        """Go on in the same opening; a store opened anew was repaired: it has the whole batch or nothing of it."""
        reopened = self._boot != self.plan.boot
        self.already_in = present and reopened
        if present:
            self.step = Step.READ_FACTS  # in the same opening a level may still lack its rows: write them
        elif reopened:
            self.plan, self.step = replace(self.plan, boot=self._boot), Step.COMMIT
        else:
            self.step = Step.WRITE_FACTS
