"""One seeded interleaving: publisher, workers, group, store and every fault, one small step at a time."""

from collections.abc import Callable
from typing import Final

from model.faults import Faults
from model.oracle import Violation, check
from model.store import Insert

STEPS: Final = 220
DRAIN_STEPS: Final = 3000


class World(Faults):
    """Runs one seed: interleave, settle, check."""

    def run(self) -> "World":
        """Interleave, settle, check.

        Raises:
            Violation: the protocol was broken; says how.
        """
        actions = self._actions()
        names = [name for name, _, _ in actions]
        weights = [weight for _, weight, _ in actions]
        table = {name: act for name, _, act in actions}
        for name in self.rng.choices(names, weights, k=STEPS):
            self.now += 1
            table[name]()
        self._settle()
        check(self)
        return self

    def _actions(self) -> list[tuple[str, float, Callable[[], None]]]:
        setting, f = self.setting, self.setting.faults
        actions: list[tuple[str, float, Callable[[], None]]] = [
            ("publish", 8, self.publish),
            ("step", 40, self.step_any),
            ("fetch", 12, self.fetch_any),
            ("deliver", 25, self.deliver_any),
            ("unanswered", 1.5 * f, self.unanswered),
            ("kill", 0.5 * f, self.kill_any),
            ("stop", 0.4 * f, self.stop_any),
            ("pause", 0.5 * f, self.pause_any),
            ("resume", 1.0, self.resume_any),
            ("expire member", 0.6, self.expire_member),
            ("rebalance", 0.5 * f, self.rebalance),
            ("join", 2.0, self.join_any),
            ("start worker", 1.5, self.start_worker),
        ]
        if setting.kind == "shared":
            actions += [("kill store", 0.7 * f, self.kill_store), ("stop store", 0.3 * f, self.stop_store)]
            actions += [("open store", 4.0, self.open_store)]
        if setting.kind == "server":
            actions += [("store down", 0.4 * f, self.store_down), ("open store", 4.0, self.store_back)]
        if setting.power:
            actions += [("power", 0.4 * f, self.lose_power)]
        if setting.retention:
            actions += [("retention", 1.0, self.expire_log)]
        if setting.reset:
            actions += [("reset", 1.0, self.reset_offsets)]
        return actions

    def _settle(self) -> None:
        """Faults stop; sleepers wake or die; one worker drains the log; what is late arrives."""
        self.calm = True
        rng = self.rng
        self.note("--- faults end")
        for worker in list(self.workers):
            if worker.paused and rng.random() < 0.5:
                worker.paused = False
        self.store_back() if self.setting.kind == "server" else None
        self.open_store() if self.setting.kind == "shared" else None
        for worker in list(self.workers):
            if rng.random() < 0.5 or (worker.paused and self.setting.kind == "embedded"):
                self.kill(worker)
        if self.workers and all(worker.paused for worker in self.workers):
            self.kill(self.workers[0])
        if not self.running():
            self.start_worker()
        self.log.publish(self.now)
        late = [one for one in self.store.inserts if one.reply.ready and rng.random() < 0.5]
        self._drain(late)
        self.store.inserts.extend(late)
        for worker in self.workers:
            worker.paused = False
        for _ in range(200):
            self.now += 1
            self.step_any()
            self.deliver_any()

    def _drain(self, late: list[Insert]) -> None:
        self.store.inserts = [insert for insert in self.store.inserts if insert not in late]
        for _ in range(DRAIN_STEPS):
            self.now += 1
            self.expire_member()
            if not self.running():
                self.start_worker()
            owner = next((worker for worker in self.running() if worker.member == self.group.owner), None)
            if owner is None or owner.loop is None:
                self.join_any()
                self.deliver_any()
                continue
            self.deliver_any()
            if not owner.inbox:
                owner.begin_fetch()
                owner.end_fetch(self.rng.randrange(1, 8), lose=False)
            if owner.waiting is not None and owner.waiting.ready:
                owner.go_on()
            if self.store.ledger_end() == self.log.end and self.group.offset == self.log.end:
                return
        raise Violation(
            f"not settled after {DRAIN_STEPS} calm steps: ledger to {self.store.ledger_end()}, "
            f"commit {self.group.offset}, log [{self.log.begin}, {self.log.end})"
        )
