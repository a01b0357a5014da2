"""Write docs/faithful.md: which traits survive in each format, by trying.

Run it from the checkout, as ``python -m checks.faithful``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.survival import cells, document

DOCUMENT = Path(__file__).parent.parent / "docs" / "faithful.md"

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        DOCUMENT.write_text(document(cells, Path(folder)), encoding="utf-8")
