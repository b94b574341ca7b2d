#!/usr/bin/env python3
"""Run a real Apache Kafka on this machine without Docker.

    python infra/kafka/broker.py fetch                  the server's jars, by Maven
    python infra/kafka/broker.py start [--brokers 3]    prints kafka://host:port[,...] as its last line
    python infra/kafka/broker.py status                 exit code 0 while every broker runs
    python infra/kafka/broker.py stop [--delete]        data stays for the next start unless --delete

Standard library only. What runs lives in `localkafka/`, which tests import.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from localkafka import jars  # noqa: E402
from localkafka.cluster import Cluster  # noqa: E402
from localkafka.errors import KafkaUnavailableError  # noqa: E402


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; 0 done, 1 failed or not running, 2 usage."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except KafkaUnavailableError as fault:
        print(f"kafka: {fault}", file=sys.stderr)
        return 1


def fetch(_: argparse.Namespace) -> int:
    """Make sure that the jars are on this machine."""
    jars.java()
    count = len(jars.classpath().split(":"))
    print(f"Kafka {jars.version()}: {count} jars are here")
    return 0


def start(options: argparse.Namespace) -> int:
    """Start a new cluster, or the one kept in the folder."""
    begun = time.monotonic()
    cluster = Cluster.load(options.folder) or _create(options)
    cluster.start()
    memory = sum(node.resident_mib() for node in cluster.nodes)
    seconds = time.monotonic() - begun
    print(f"Kafka {jars.version()} ready in {seconds:.1f} s, {memory:.0f} MiB", file=sys.stderr)
    print(f"kafka://{cluster.bootstrap}")
    return 0


def _create(options: argparse.Namespace) -> Cluster:
    extra = dict(setting.split("=", 1) for setting in options.set)
    return Cluster.create(options.folder, brokers=options.brokers, port=options.port, heap=options.heap, extra=extra)


def stop(options: argparse.Namespace) -> int:
    """Stop what runs in the folder."""
    cluster = Cluster.load(options.folder)
    if cluster is None:
        print(f"no Kafka in {options.folder}", file=sys.stderr)
        return 0
    cluster.stop()
    if options.delete:
        shutil.rmtree(options.folder)
    return 0


def status(options: argparse.Namespace) -> int:
    """Say which brokers run."""
    cluster = Cluster.load(options.folder)
    if cluster is None:
        print(f"no Kafka in {options.folder}", file=sys.stderr)
        return 1
    for node in cluster.nodes:
        state = f"runs as process {node.pid}, {node.resident_mib():.0f} MiB" if node.running else "is stopped"
        print(f"broker {node.endpoint.node} on port {node.endpoint.port} {state}")
    return 0 if cluster.running else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="broker.py", description="A real Apache Kafka without Docker.")
    commands = parser.add_subparsers(required=True)
    for action in (fetch, start, stop, status):
        command = commands.add_parser(action.__name__, help=(action.__doc__ or "").strip())
        command.set_defaults(run=action)
        command.add_argument(
            "--folder", type=_absolute, default=jars.work_dir() / "cluster", help="settings, log and data"
        )
        if action is start:
            command.add_argument("--brokers", type=int, choices=(1, 3), default=1)
            command.add_argument("--port", type=int, help="client port of the first broker (default: a free one)")
            command.add_argument("--heap", default="512m", help="heap of each broker (default 512m)")
            command.add_argument(
                "--set",
                type=_setting,
                action="append",
                default=[],
                metavar="KEY=VALUE",
                help="broker setting",
            )
        if action is stop:
            command.add_argument("--delete", action="store_true", help="remove the data too")
    return parser


def _absolute(text: str) -> Path:
    return Path(text).resolve()


def _setting(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return text


if __name__ == "__main__":
    sys.exit(main())
