"""Names that are programs: markup in the names of projects, classes, datasets, files and people stays text on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>{{7*7}}'


def test_markup_stays_text(own_platform: Any, page: Page, log_in: Callable[[Page, Any, str], None]) -> None:
    url = own_platform.url
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/x") else None)
    log_in(page, own_platform, "client")

    def api(method: str, path: str, body: object | None = None) -> Any:
        token = {c["name"]: c["value"] for c in page.context.cookies()}["doujia_csrf"]
        answer = page.request.fetch(
            f"{url}/api/v1{path}", method=method, data=body, headers={"X-CSRFToken": token, "Origin": url}
        )
        assert answer.ok, answer.text()
        return answer.json()

    me = api("GET", "/people/me")
    client = next(r["tenant"]["id"] for r in me["roles"] if r["role"] == "client")
    base = next(t["id"] for t in api("GET", "/people/tenants?kind=base")["items"] if t["name"] == "万山基地")
    dataset = api("POST", "/data/datasets", {"name": EVIL, "tenant": client, "medium": "text"})["id"]
    rows = [{"name": f"{EVIL}.txt", "media": {"kind": "text", "text": EVIL}, "attrs": {"note": EVIL}}]
    api("POST", f"/data/datasets/{dataset}/items", rows)
    schema = {"classes": [{"id": "c1", "name": EVIL[:100], "names": {"zh": EVIL[:100]}, "kinds": ["span"]}]}
    project = api(
        "POST", "/projects/",
        {"name": EVIL[:100], "client": client, "bases": [base], "medium": "text", "schema_document": schema, "guideline": f"# {EVIL}\n\n{EVIL}"},
    )["id"]  # fmt: skip
    api("POST", f"/projects/{project}/items", {"dataset": dataset})
    api("POST", f"/projects/{project}/state", {"state": "running"})
    api("POST", f"/work/projects/{project}/questions", {"text": EVIL})
    shown = EVIL[:40]
    for path in (
        "/projects", f"/projects/{project}", f"/projects/{project}?tab=schema", f"/projects/{project}?tab=guideline",
        f"/projects/{project}?tab=settings", "/datasets", f"/datasets/{dataset}", f"/team?project={project}",
        f"/team/questions?project={project}",
    ):  # fmt: skip
        page.goto(f"{url}{path}")
        page.wait_for_load_state("networkidle")
        in_text = page.get_by_text(shown).or_(page.locator("option", has_text=shown))
        in_field = page.locator(f"input[value*='{shown[:20]}'], textarea")
        expect(in_text.or_(in_field).first).to_be_attached(timeout=20_000)
        assert page.evaluate("window.hit") is None, path
    assert asked == [], "a picture that markup named was asked for"
