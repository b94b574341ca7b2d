"""Entry point of the `tokentide` command: a person's own mistakes are one sentence, never a traceback."""

import sys

from tokentide.cli.app import app
from tokentide.cli.logs import speak_plainly
from tokentide.schemas.errors import UserError

_EXTRAS = {
    "faust": "worker",
    "clickhouse_connect": "worker",
    "numpy": "worker",
    "pyarrow": "worker",
    "msgspec": "worker",
    "xxhash": "worker",
    "chdb": "embedded",
    "confluent_kafka": "embedded",
    "aiohttp": "embedded",
    "lz4": "embedded",
    "zstandard": "embedded",
}


def main() -> None:
    """Run the command line; exit 0 = ok, 1 = failed, 2 = wrongly asked."""
    speak_plainly()
    try:
        app()
    except UserError as error:
        _leave(str(error), error.exit_code)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _leave(f"This command needs more than the producer: pip install 'tokentide[{extra}]'.", 1)
    except KeyboardInterrupt:
        _leave("Interrupted.", 130)


def _leave(sentence: str, code: int) -> None:
    print(f"tokentide: {sentence}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
