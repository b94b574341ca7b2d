"""A process that rebuilds two received days and kills itself at one of its statements. Run by test_rebuild_command.

`python -m` arguments: store URL, first day, last day, the statement to die at (0 = none), `before` or `after` it.
Prints how many statements there were.
"""

import os
import signal
import sys
from datetime import date

from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.rebuild_days import rebuild_days
from tokentide.sinks.clickhouse.store import Store


class Doomed:
    """Counts the statements of a store and dies at one of them."""

    def __init__(self, store: Store, fatal: int, when: str) -> None:
        self.statements = 0
        self._fatal = fatal
        self._when = when
        self._command = store.command

    def command(self, sql: str) -> None:
        self.statements += 1
        self._die_if("before")
        self._command(sql)
        self._die_if("after")

    def _die_if(self, when: str) -> None:
        if (self.statements, when) == (self._fatal, self._when):
            os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, first: str, last: str, fatal: int, when: str) -> None:
    with open_store(url) as store:
        doomed = Doomed(store, fatal, when)
        store.command = doomed.command  # type: ignore[method-assign]
        rebuild_days(store, date.fromisoformat(first), date.fromisoformat(last))
        print(doomed.statements)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
