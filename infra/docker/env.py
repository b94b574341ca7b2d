"""Write the .env that docker-compose.yml needs: secrets drawn at random, for this machine alone.

Usage: python infra/docker/env.py [FILE]. An existing file is left as it is.
"""

import base64
import os
import secrets
import sys
import uuid
from pathlib import Path

PASSWORDS = ("CLICKHOUSE_PASSWORD", "GRAFANA_CLICKHOUSE_PASSWORD", "GRAFANA_ADMIN_PASSWORD")
CLUSTER = "KAFKA_CLUSTER_ID"


def lines() -> list[str]:
    """Return the settings; passwords of letters and digits, so that they may stand in a URL."""
    drawn = [f"{name}={secrets.token_hex(24)}" for name in PASSWORDS]
    return [*drawn, f"{CLUSTER}={cluster_id()}"]


def cluster_id() -> str:
    """Return a random Kafka cluster id: 16 bytes, URL-safe base64, not beginning with a dash."""
    while (drawn := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return drawn


def write(path: Path) -> bool:
    """Write the file for its owner alone, unless there is one; tell whether it was written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines()) + "\n")
    return True


def main() -> None:
    """Write the file named, or .env."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ".env")
    print(f"{path}: written" if write(path) else f"{path}: kept as it is")


if __name__ == "__main__":
    main()
