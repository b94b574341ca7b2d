"""The migrations of this program: ordered SQL files with placeholders, read from the package."""

import hashlib
from dataclasses import dataclass
from importlib import resources

from tokentide.sinks.clickhouse.layout import Layout, render


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file: its number, name and text with placeholders."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text as written in the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def repeatable(self) -> bool:
        """Whether it only replaces views, so that it is applied again whenever its text changes."""
        return self.text.startswith("-- repeatable")

    def statements(self, layout: Layout) -> list[str]:
        """Return the statements to run, in order."""
        lines = [line for line in render(self.text, layout).splitlines() if not line.startswith("--")]
        return [text for part in "\n".join(lines).split(";\n") if (text := part.strip(";\n "))]


def migrations() -> list[Migration]:
    """Return every migration in order of its number."""
    folder = resources.files("tokentide.sinks.clickhouse.migrations")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [
        Migration(int(name[:4]), name.removesuffix(".sql"), (folder / name).read_text(encoding="utf-8"))
        for name in files
    ]
