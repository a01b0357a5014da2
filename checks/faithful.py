"""Write docs/faithful.md: what becomes of each trait of files in each format.

The cells of its first table are tested by ``tests/formats/test_survival.py``, those of the second
are found by trying. Run it from the checkout, as ``python -m checks.faithful``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.survival_document import document

DOCUMENT = Path(__file__).parent.parent / "docs" / "faithful.md"

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        DOCUMENT.write_text(document(Path(folder)), encoding="utf-8")
