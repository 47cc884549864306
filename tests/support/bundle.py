"""What a browser has to load for each page of the built dashboard."""

import gzip
import re
from pathlib import Path
from typing import Final

from das_copy_trader.container import DASHBOARD_PAGES

FIRST_PAGE_JS_MAX: Final = 250_000
PAGE_JS_MAX: Final = 260_000
CSS_MAX: Final = 15_000
FONT_MAX: Final = 50_000


def scripts_of(page: Path) -> list[Path]:
    """What a browser of today loads: a script for browsers without modules is not among it."""
    tags = re.findall(r"<script[^>]*>", page.read_text(encoding="utf-8"))
    found = [re.search(r'src="([^"?]+)', tag) for tag in tags if "nomodule" not in tag.casefold()]
    return [DASHBOARD_PAGES / name for name in dict.fromkeys(one[1].lstrip("/") for one in found if one)]


def packed(files: list[Path]) -> int:
    """Bytes of these files, each packed as a server would."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def script_bytes() -> dict[str, int]:
    """Packed bytes of JavaScript by address."""
    pages = sorted(DASHBOARD_PAGES.rglob("index.html"))
    return {_address(page): packed(scripts_of(page)) for page in pages}


def css_bytes() -> int:
    """Packed bytes of all style sheets."""
    return packed(sorted(DASHBOARD_PAGES.rglob("*.css")))


def font_bytes() -> int:
    """Bytes of the fonts, which are packed already."""
    return sum(font.stat().st_size for font in DASHBOARD_PAGES.rglob("*.woff2"))


def _address(page: Path) -> str:
    folder = page.parent.relative_to(DASHBOARD_PAGES).as_posix()
    return "/" if folder == "." else f"/{folder}/"
