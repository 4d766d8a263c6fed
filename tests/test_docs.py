"""The documents lead somewhere: every relative link and picture of README and docs exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    dead = [
        target
        for target in LINK.findall(text)
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_page_of_loss_codes_is_the_list_of_the_library() -> None:
    from doujia.formats.contract import LOSS_CODES, STOPPING_LOSSES

    rows = [
        [c.strip() for c in line.strip("|").split("|")]
        for line in (ROOT / "docs/user/loss-codes.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    expected = [
        [f"`{code}`", "停 · stops" if code in STOPPING_LOSSES else "报告 · reported", f"{zh} · {en}"]
        for code, (zh, en) in LOSS_CODES.items()
    ]
    assert rows == expected


def test_every_format_is_listed_and_counted() -> None:
    from doujia import formats

    index = (ROOT / "docs/user/formats/index.md").read_text(encoding="utf-8")
    pages = {p.name for p in (ROOT / "docs/user/formats").glob("*.md")} - {"index.md"}
    assert {target for target in LINK.findall(index) if "/" not in target} == pages
    own = {formats.get(n).name for n in formats.names()}
    assert f"{len(own)} formats" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
