"""A real headless Chromium, driven as a reader would use it; without one the tests say so, and CI fails."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

AXE: Final = "axe-core@4.14.1"
_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
_SERIOUS: Final = ("serious", "critical")


def _program(*names: str) -> str:
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        refuse(f"{names[0]} is not installed (Debian: apt-get install chromium chromium-driver)")
    assert found is not None
    return found


def refuse(why: str) -> None:
    """Skip aloud; on CI nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{why}: CI tests the page in a real browser")
    pytest.skip(f"PAGE TESTS SKIPPED: {why}; the page was not tried in a browser")


class Page:
    """One open page.

    Args:
        driver: of selenium.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def look(self, width: int, theme: str) -> None:
        """Take the width of a device, and the theme of its system."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, url: str) -> None:
        """Open an address and wait until every figure has its answer."""
        self.driver.get(url)
        self.settled()

    def settled(self) -> None:
        """Wait until every figure has an answer, and has drawn it."""
        self.until(
            "every figure has an answer",
            lambda: self.run(
                "const t = window.tokentide; if (!t) return false;"
                "return [...t.views.values()].every((v) => v.payload && t.payloads.get(v.figure.id) === v.payload)"
                " && t.payloads.size === t.views.size"
            ),
        )

    def until(self, what: str, met: Callable[[], Any], seconds: float = 60) -> Any:
        """Wait for a condition with a deadline."""
        deadline = time.monotonic() + seconds
        while not (found := met()):
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(0.05)
        return found

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        """Press keys on whatever has the focus."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def violations(self, axe: str) -> list[str]:
        """Return what axe-core finds serious or critical."""
        self.run(axe)
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run({ resultTypes: ['violations'] }).then((r) => done(r.violations))"
        )
        return [
            f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}"
            for one in found
            if one["impact"] in _SERIOUS
        ]

    def complaints(self) -> list[str]:
        """Return everything the console said since the last look."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requested(self) -> set[str]:
        """Return the hosts asked since the last look; '' for what is in the page itself."""
        hosts = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = urlsplit(message["params"]["request"]["url"])
                hosts.add("" if url.scheme in ("data", "blob", "file") else url.netloc)
        return hosts

    def picture(self, path: Path, whole: bool = True) -> None:
        """Take a screenshot, of all the page or of what is in the window."""
        clip = {}
        if whole:
            size = self.run("const e = document.documentElement; return [e.clientWidth, e.scrollHeight]")
            clip = {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1},
            }
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", **clip})
        path.write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser for as long as the block runs."""
    binary, driver_path = _program(*_CHROMIUM), _program("chromedriver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        refuse("selenium is not installed (extra `dev`)")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    driver.set_script_timeout(60)
    try:
        yield Page(driver)
    finally:
        driver.quit()


def axe_source(folder: Path) -> str:
    """Return axe-core, fetched by npm into a folder outside the repository."""
    if shutil.which("npm") is None:
        refuse("npm is not installed, so axe-core cannot be had")
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", "--prefix", str(folder), AXE],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if done.returncode:
        refuse(f"npm cannot fetch {AXE} ({done.stderr.strip()[:200]})")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
