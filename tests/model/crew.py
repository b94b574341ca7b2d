"""The processes of one interleaving, their place in the group, and requests on their way."""

from model.group import CommitRequest, UnknownOutcomeError
from model.stage import Stage
from model.store import Insert, StoreDownError
from model.worker import Worker


class Crew(Stage):
    """Publisher, workers and network, one small step at a time."""

    def publish(self) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            self.log.publish(self.now)
        if self.setting.holes and self.rng.random() < 0.2:
            self.log.skip()

    def running(self) -> list[Worker]:
        return [worker for worker in self.workers if not worker.paused]

    def pick(self) -> Worker | None:
        running = self.running()
        return self.rng.choice(running) if running else None

    def step_any(self) -> None:
        worker = self.pick()
        if worker is not None and worker.loop is not None and worker.waiting is not None and worker.waiting.ready:
            worker.go_on()

    def fetch_any(self) -> None:
        worker = self.pick()
        if worker is None or worker.loop is None:
            return
        if worker.fetching is None:
            worker.begin_fetch()
            if self.rng.random() < 0.5:
                return
        worker.end_fetch(self.rng.randrange(1, 8), lose=not self.calm and self.rng.random() < 0.1)

    def deliver_any(self) -> None:
        on_their_way: list[CommitRequest | Insert] = [*self.group.in_flight, *self.store.inserts]
        if not on_their_way:
            return
        one = self.rng.choice(on_their_way)
        if one.reply.ready and not self.calm and self.rng.random() < 0.8:
            return  # nobody waits for it any more: it takes its time
        if isinstance(one, CommitRequest):
            late = one.reply.ready
            if self.group.arrive(one):
                if late:
                    self.meet("commit of unknown outcome, late")
                elif self.calm or self.rng.random() < 0.93:
                    one.reply.answer()
                else:
                    self.meet("commit of unknown outcome, applied")
                    one.reply.fail(UnknownOutcomeError())
            else:
                self.meet("commit fenced")
        else:
            if one.reply.ready and one.owner not in self.running():
                self.meet("late write of an earlier owner")
            self.store.progress(one)

    def unanswered(self) -> None:
        """A request times out for its sender; it is lost, cut short, or still under way."""
        rng = self.rng
        waiting = [request for request in self.group.in_flight if not request.reply.ready]
        inserts = [insert for insert in self.store.inserts if not insert.reply.ready]
        if waiting and (not inserts or rng.random() < 0.4):
            request = rng.choice(waiting)
            self.note(f"commit {request.offset} unanswered")
            request.reply.fail(UnknownOutcomeError())
            if rng.random() < 0.4:
                self.meet("commit of unknown outcome, lost")
                self.group.in_flight.remove(request)
        elif inserts and self.setting.kind != "embedded":
            insert = rng.choice(inserts)
            self.note(f"insert {insert.token.text} unanswered, {len(insert.parts)} parts to go")
            if rng.random() < 0.4:
                self.store.cut_short(insert)
            else:
                insert.reply.fail(StoreDownError())
        elif inserts:  # an engine in the process fails: memory or disk, after some parts
            self.store.cut_short(rng.choice(inserts))

    def unknown_outcome(self, worker: Worker) -> None:
        """As the transport: leave the group, so that the commit is refused should it still arrive."""
        self.note(f"{worker.name} does not know whether its commit holds; leaves")
        if not self.setting.static and self.rng.random() < 0.7:
            self.group.members.discard(worker.member or -1)
        worker.member = None

    def join_any(self) -> None:
        worker = self.pick()
        if worker is not None and (worker.member not in self.group.members):
            self.join(worker)

    def join(self, worker: Worker) -> None:
        """Join; a static member takes its place again without a new generation."""
        worker.revoked()
        worker.member = self.group.join()
        self.note(f"{worker.name} joins as {worker.member}")
        self.rebalance()

    def rebalance(self) -> None:
        """Eager: everyone gives up everything, one member of the next generation gets the partition."""
        group = self.group
        live = [worker for worker in self.running() if worker.member in group.members]
        group.members = {worker.member for worker in live if worker.member is not None}
        group.generation += 1
        for worker in live:
            worker.revoked()
        group.owner = None
        if live:
            owner = self.rng.choice(live)
            group.owner = owner.member
            self.note(f"generation {group.generation}: {owner.name} of {[worker.name for worker in live]}")
            owner.assigned(group.generation)

    def expire_member(self) -> None:
        """The session of a stalled or dead member ends."""
        running = {worker.member for worker in self.running()}
        if self.group.members - running or (self.group.members and self.group.owner not in running):
            self.rebalance()

    def start_worker(self) -> None:
        most = 1 if self.setting.kind == "embedded" else 3
        if len(self.workers) >= most:
            return
        if self.setting.kind == "embedded":
            self.store.open()
        self.born += 1
        worker = Worker(f"w{self.born}", self, self.rng.choice(self.setting.capacities))
        worker.boot = self.store.boot
        self.note(f"{worker.name} starts, window {worker.capacity}, boot {worker.boot}")
        self.workers.append(worker)
        self.join(worker)

    def kill_any(self) -> None:
        worker = self.pick()
        if worker is not None:
            self.note(f"kill -9 {worker.name}")
            self.meet("kill worker")
            self.kill(worker)

    def kill(self, worker: Worker) -> None:
        if worker not in self.workers:
            return
        self.workers.remove(worker)
        worker.revoked()
        if self.setting.kind == "embedded":
            self.store.die()

    def stop_any(self) -> None:
        """SIGTERM: nothing is flushed, the embedded engine is closed in order."""
        worker = self.pick()
        if worker is None:
            return
        self.note(f"stop {worker.name}")
        worker.revoked()
        self.workers.remove(worker)
        self.group.members.discard(worker.member or -1)
        if self.setting.kind == "embedded":
            self.store.close()

    def pause_any(self) -> None:
        worker = self.pick()
        if worker is not None:
            self.note(f"SIGSTOP {worker.name}")
            worker.paused = True

    def resume_any(self) -> None:
        paused = [worker for worker in self.workers if worker.paused]
        if paused:
            worker = self.rng.choice(paused)
            self.note(f"SIGCONT {worker.name}")
            worker.paused = False
