"""The real data sets that lie beside the checkout: read in place, never copied."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"THE REAL DATA WAS NOT TESTED: there is no {SHARED}")
