"""What happens to the store, to Kafka's log and to the committed offset."""

from model.crew import Crew


class Faults(Crew):
    """Faults beside those of the workers themselves."""

    def kill_store(self) -> None:
        if self.store.up:
            self.note("kill -9 store")
            self.store.die()

    def stop_store(self) -> None:
        if self.store.up:
            self.note("stop store")
            self.store.close()

    def open_store(self) -> None:
        if not self.store.up:
            self.store.open()
            self.note(f"store opens: {self.store.boot}, ledger to {self.store.ledger_end()}")

    def store_down(self) -> None:
        """A replicated server dies: what committed stays, the rest of its inserts is cut."""
        for insert in [insert for insert in self.store.inserts if insert.admitted]:
            self.store.cut_short(insert)
        self.store.up = False

    def store_back(self) -> None:
        self.store.up = True

    def lose_power(self) -> None:
        """The machine of the store loses power; with an engine inside, the worker goes with it."""
        if not self.store.up:
            return
        self.note("power lost")
        self.meet("power lost")
        self.store.lose_power()
        self.went_back = True
        for worker in list(self.workers):
            if self.setting.kind == "embedded":
                self.kill(worker)

    def expire_log(self) -> None:
        """Retention: mostly what is settled, else what nobody read; never what a worker may hold (not covered)."""
        settled = self.store.ledger_end() or 0
        upto = self.rng.randrange(self.log.begin, self.log.end + 1)
        commit = self.group.read()
        planned = self.group.in_flight or (commit is not None and commit.plan is not None)
        held = any(worker.position > settled for worker in self.workers)
        if self.rng.random() < 0.7 or held or (planned and (self.workers or self.store.inserts)):
            upto = min(upto, settled)
        if upto > settled:
            self.meet("log lost what was not settled")
        if upto > self.log.begin:
            self.note(f"retention: log begins at {upto}")
            self.log.expire(upto)

    def reset_offsets(self) -> None:
        """An operator resets the group's offset; Kafka lets them only while the group is empty."""
        if any(worker.member in self.group.members for worker in self.workers) or self._in_the_middle():
            return
        offset = self.rng.randrange(self.log.begin, self.log.end + 1)
        self.meet("offsets reset by hand")
        self.note(f"operator resets the offset to {offset}")
        self.group.offset, self.group.metadata = offset, ""
        self.committed = -1

    def _in_the_middle(self) -> bool:
        """Whether a batch is planned and not wholly in: a reset then forgets where it ends (docs: drain first)."""
        commit = self.group.read()
        plan = commit.plan if commit is not None else None
        under_way = any(insert.admitted or not insert.reply.ready for insert in self.store.inserts)
        return under_way or (plan is not None and self.store.ledger_end() != plan.end) or bool(self.store.doubts)
