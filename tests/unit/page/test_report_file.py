"""The report's file: one script without modules, locked by its own digest."""

import re
from base64 import b64encode
from hashlib import sha256

from tokentide.reports.page.assets import LIBRARY, served, text
from tokentide.reports.page.report import _assembled, bundle


def test_the_bundle_has_no_modules_left() -> None:
    own = bundle().removeprefix(text(LIBRARY))
    assert not re.search(r"^\s*(import|export)\b", own, re.MULTILINE)
    assert "startReport();" in own


def test_no_two_modules_declare_the_same_name() -> None:
    own = bundle().removeprefix(text(LIBRARY))
    names = re.findall(r"^(?:const|let|function|class)\s+(\w+)", own, re.MULTILINE)
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})


def test_only_the_file_s_own_script_may_run() -> None:
    described = {"sections": [], "payloads": [{"finding": "</script><script>alert(1)</script>"}]}
    page = _assembled(described, "<h1>x</h1>", "", "A & B")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = b64encode(sha256(scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "alert(1)</script>" not in page
    assert "<!-- " not in page.split("</head>")[0]


def test_the_library_is_the_one_named() -> None:
    named = re.search(r"SHA-256 ([0-9a-f]{64})", text("vendor/README.md"))
    assert named is not None
    assert sha256(text(LIBRARY).encode()).hexdigest() == named.group(1)
    assert "Apache License" in text("vendor/LICENSE.echarts")


def test_every_asset_is_served_and_loads_nothing_from_elsewhere() -> None:
    for name, asset in served().items():
        if name != LIBRARY:
            found = re.findall(rb"https?://[^\s\"'<>)]+", asset.body)
            assert set(found) <= {b"http://www.w3.org/2000/svg"}, name
