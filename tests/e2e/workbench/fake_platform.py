"""A platform in memory for the bench's browser tests: answers through route interception, no socket is opened.

The page is served at a plain HTTP address that is not localhost, so that Chrome treats it as an insecure origin,
as on a base's LAN: no ``crypto.randomUUID``, no service worker, no clipboard.
"""

from __future__ import annotations

import io
import json
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Route

ORIGIN = "http://bench.test"

SCHEMA: dict[str, Any] = {
    "classes": [
        {"id": "car", "names": {"zh": "小汽车", "en": "car"}, "kinds": ["box", "polygon"]},
        {"id": "truck", "names": {"zh": "货车", "en": "truck"}, "kinds": ["box", "polygon"]},
        {"id": "bus", "names": {"zh": "公交车", "en": "bus"}, "kinds": ["box"]},
        {"id": "ebike", "names": {"zh": "电动车", "en": "e-bike"}, "kinds": ["box"]},
        {"id": "person", "names": {"zh": "行人", "en": "person"}, "kinds": ["box", "polygon", "mask"]},
        {"id": "trike", "names": {"zh": "三轮车", "en": "tricycle"}, "kinds": ["box"]},
        {"id": "light", "names": {"zh": "红绿灯", "en": "traffic light"}, "kinds": ["box"]},
        {"id": "sign", "names": {"zh": "交通牌", "en": "sign"}, "kinds": ["box", "polygon"]},
        {"id": "bike", "names": {"zh": "自行车", "en": "bicycle"}, "kinds": ["box"]},
    ],
    "attributes": [
        {
            "id": "heading", "type": "choice", "names": {"zh": "方向", "en": "heading"}, "classes": ["car", "truck", "bus"],
            "values": ["same", "against", "parked"],
            "value_names": {"same": {"zh": "同向", "en": "same"}, "against": {"zh": "逆向", "en": "against"}, "parked": {"zh": "停着", "en": "parked"}},
        },
        {
            "id": "covered", "type": "choice", "names": {"zh": "遮挡", "en": "covered"}, "classes": ["car", "truck", "bus", "person"],
            "values": ["none", "some", "half"],
            "value_names": {"none": {"zh": "没挡住", "en": "none"}, "some": {"zh": "挡一点", "en": "some"}, "half": {"zh": "挡一半多", "en": "half"}},
        },
    ],
}  # fmt: skip

ERROR_CLASSES = [
    {"id": "missed", "zh": "漏标", "en": "missed"},
    {"id": "loose", "zh": "框不贴边", "en": "loose box"},
    {"id": "wrong_class", "zh": "类别错了", "en": "wrong class"},
    {"id": "extra", "zh": "多标了", "en": "extra"},
]


def street(width: int = 1280, height: int = 720, seed: int = 0) -> bytes:
    """Return a drawn street as JPEG: sky, road, a few cars; our own drawing."""
    picture = Image.new("RGB", (width, height), "#9db7c9")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 0.55, width, height), fill="#6d7073")
    for x in range(0, width, 160):
        draw.rectangle(
            (x, height * 0.15 + (x + seed * 37) % 90, x + 140, height * 0.55),
            fill=("#b8a68c", "#8d99a5", "#a4877b")[(x // 160 + seed) % 3],
        )
        for wx in range(x + 12, x + 130, 30):
            draw.rectangle((wx, height * 0.3, wx + 14, height * 0.36), fill="#48525c")
    for i in range(5):
        x, y = (150 + i * 220 + seed * 53) % (width - 200), height * 0.6 + (i % 3) * 55
        draw.rounded_rectangle(
            (x, y, x + 150, y + 70), 14, fill=("#b23a31", "#2f6f8f", "#d7d2c4", "#39603d", "#e0a22e")[i]
        )
        draw.polygon([(x + 25, y), (x + 50, y - 38), (x + 105, y - 38), (x + 130, y)], fill="#39434b")
        for wheel in (x + 32, x + 118):
            draw.ellipse((wheel - 17, y + 52, wheel + 17, y + 86), fill="#1d1d1d")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def box(mark_id: str, label: str, x0: float, y0: float, x1: float, y1: float, **more: Any) -> dict[str, Any]:
    """Return a box mark as JSON."""
    return {
        "id": mark_id,
        "label": label,
        "geometry": {"kind": "box", "x0": x0, "y0": y0, "x1": x1, "y1": y1},
        **more,
    }


@dataclass
class FakePlatform:
    """State of the pretended server, and what it received."""

    dist: Path
    schema: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(SCHEMA)))
    who: str | None = "worker1"
    tasks: list[dict[str, Any]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    appeals: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, str]] = field(default_factory=list)
    guideline_version: int = 4
    skip_reasons: list[str] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    leased: set[str] = field(default_factory=set)
    online: bool = True
    before: Callable[[str, str, Any], tuple[int, dict[str, Any]] | None] | None = None
    """Called with (method, path, body) ahead of each API answer; may answer itself."""
    drop_answer_once: set[str] = field(default_factory=set)
    """Paths whose next request is carried out while its answer is lost."""
    guideline: str = "# 路口\n框要贴边。\n\n- 遮挡一半以上也要框\n- 反光镜里的不框"
    settings: dict[str, Any] = field(default_factory=dict)
    """Project settings beside the usual ones."""
    requests: list[tuple[str, str]] = field(default_factory=list)

    def add_tasks(
        self, count: int, *, mode: str = "work", width: int = 1280, height: int = 720, **more: Any
    ) -> None:
        """Queue ``count`` picture tasks."""
        for _ in range(count):
            n = len(self.tasks)
            self.pictures.setdefault(f"p{n}", street(width, height, n))
            self.tasks.append(
                {
                    "id": f"task{n}", "project": "proj", "slot": f"slot{n}", "lease": f"lease{n}", "fence": 1, "until": "2030-01-01T00:00:00Z",
                    "mode": mode,
                    "item": {"id": f"item{n}", "name": f"street_{n:03}.jpg", "media": {"kind": "image", "width": width, "height": height}, "attrs": {},
                             "urls": {"preview": f"/media/p{n}", "full": f"/media/p{n}", "tiles": None}},
                    "schema_version": 1, "guideline_version": self.guideline_version, "prelabels": [], "draft": None, "previous": None, "before_previous": None,
                    "candidates": [], "fused": None, "findings": [], "comments": [], "price_fen": 20, **more,
                }
            )  # fmt: skip

    def attach(self, context: BrowserContext) -> None:
        """Answer every request of the context."""
        context.route("**/*", self._route)

    def unique_submissions(self) -> dict[str, dict[str, Any]]:
        """Return the submissions by their client-made id: the same one twice counts once."""
        return {s["id"]: s for s in self.submissions}

    # ---- answers ----

    def _route(self, route: Route) -> None:
        request = route.request
        url = urlparse(request.url)
        path = url.path
        if path.startswith("/api/v1/"):
            if not self.online:
                route.abort("internetdisconnected")
                return
            body = json.loads(request.post_data) if request.post_data else None
            self.requests.append((request.method, path))
            status, answer = self._api(request.method, path.removeprefix("/api/v1"), body)
            if path.removeprefix("/api/v1") in self.drop_answer_once:
                self.drop_answer_once.discard(path.removeprefix("/api/v1"))
                route.abort("connectionreset")
                return
            kind = "application/json" if status < 400 else "application/problem+json"
            route.fulfill(status=status, body=json.dumps(answer), content_type=kind)
        elif path.startswith("/media/"):
            if not self.online:
                route.abort("internetdisconnected")
                return
            route.fulfill(status=200, body=self.pictures[path.rsplit("/", 1)[1]], content_type="image/jpeg")
        elif path.startswith("/static/web/"):
            file = self.dist / path.removeprefix("/static/web/")
            if not file.is_file():
                route.fulfill(status=404, body="")
                return
            route.fulfill(
                status=200,
                body=file.read_bytes(),
                content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
            )
        else:
            route.fulfill(
                status=200, body=(self.dist / "index.html").read_text("utf-8"), content_type="text/html"
            )

    def _api(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if self.before and (answer := self.before(method, path, body)):
            return answer
        if path == "/people/login":
            self.who = body["login"]
            return 200, {"id": self.who}
        if self.who is None:
            return problem(401, "login_required", "请先登录。", "Log in first.")
        if path == "/people/me":
            return 200, self._me()
        if path == "/work/next":
            return 200, self._next(body)
        if path.endswith("/setup"):
            return 200, self._setup()
        if path == "/work/today":
            return 200, self._today()
        if match := re.fullmatch(r"/work/tasks/(\w+)/(\S+)", path):
            return self._task(match[1], match[2], body)
        if path == "/work/submissions":
            self.submissions.append(body)
            return 200, {"id": body["id"], "state": "submitted", "today": self._today()}
        if path == "/work/reviews":
            self.reviews.append(body)
            return 200, {"id": body["id"], "state": "accepted", "today": self._today()}
        if match := re.fullmatch(r"/work/submissions/(\S+)/reopen", path):
            return self._reopen(match[1])
        if path == "/quality/appeals":
            self.appeals.append(body)
            self.tasks = [t for t in self.tasks if (t.get("previous") or {}).get("id") != body["submission"]]
            return 201, {"id": "appeal-1"}
        if path.endswith("/questions"):
            if method == "GET":
                return 200, {"items": self.questions, "next": None}
            self.asked.append(body)
            return 200, {"id": "q1"}
        if path.endswith("/guideline/diff"):
            return 200, {"lines": self.changes}
        return problem(404, "not_found", "没有这个地址。", "No such address.")

    def _me(self) -> dict[str, Any]:
        return {
            "id": self.who, "pseudonym": self.who, "display_name": "吴小豆", "language": None, "must_change_password": False,
            "roles": [{"role": "worker", "tenant": {"id": "b1", "kind": "base", "name": "清涧基地"}}, {"role": "lead", "tenant": {"id": "b1", "kind": "base", "name": "清涧基地"}}],
            "csrf": "token",
        }  # fmt: skip

    def _next(self, body: dict[str, Any]) -> dict[str, Any]:
        done = {s["task"] for s in [*self.submissions, *self.reviews, *self.skipped]}
        have = set(body["have"])
        review = body.get("kind") == "review"
        ready = [
            t
            for t in self.tasks
            if t["id"] not in done
            and t["id"] not in have
            and (t["mode"] in ("review", "arbitrate")) == review
        ]
        # A store against a dead line leaves eight for each one to others, as the platform does.
        most = len(ready) // 9 if body.get("store") else body["want"]
        tasks = ready[: min(most, body["want"])]
        self.leased.update(t["id"] for t in tasks)
        return {
            "tasks": tasks, "setups": {"proj": {"schema_version": 1, "guideline_version": self.guideline_version}}, "today": self._today(),
            "empty": None if tasks else {"reason": "done", "zh": "这一批做完了。", "en": "This batch is done."},
        }  # fmt: skip

    def _setup(self) -> dict[str, Any]:
        return {
            "id": "proj", "name": "路口红绿灯 · 第 3 批", "names": {"en": "Crossings, lot 3"}, "schema": self.schema, "schema_version": 1,
            "guideline": {"version": self.guideline_version, "markdown": self.guideline, "changed": "反光镜里的车不框。"},
            "settings": {"lease_minutes": 60, "min_size_px": 6, "skip_reasons": self.skip_reasons, "error_classes": ERROR_CLASSES, **self.settings}, "colours": [],
        }  # fmt: skip

    def _today(self) -> dict[str, Any]:
        n = 86 + len(self.unique_submissions())
        return {
            "items": n,
            "active_ms": 10_740_000,
            "earned_fen": 7340 + 20 * (n - 86),
            "accepted": 80,
            "returned": 1,
        }

    def _task(self, task: str, what: str, body: Any) -> tuple[int, dict[str, Any]]:
        if what == "draft":
            self.drafts.append({"task": task, **body})
            return 200, {"seq": body["seq"], "until": "2030-01-01T00:00:00Z"}
        if what == "skip":
            self.skipped.append({"task": task, **body})
        if what == "comments":
            self.comments.append({"task": task, **body})
        return 200, {"state": "ok"}

    def _reopen(self, submission: str) -> tuple[int, dict[str, Any]]:
        found = next((s for s in self.submissions if s["id"] == submission), None)
        if found is None:
            return problem(404, "not_found", "没有这份答案。", "No such answer.")
        self.submissions = [s for s in self.submissions if s["id"] != submission]
        task = next(t for t in self.tasks if t["id"] == found["task"])
        task |= {
            "mode": "rework",
            "previous": {
                "id": submission,
                "revision": 1,
                "marks": found["marks"],
                "relations": [],
                "item_attrs": found["item_attrs"],
            },
        }
        return 200, {"id": submission, "state": "reopened"}


def problem(status: int, code: str, zh: str, en: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Return an error answer as the platform writes it."""
    return status, {
        "type": "about:blank",
        "title": code,
        "status": status,
        "code": code,
        "detail": {"zh": zh, "en": en},
        **more,
    }
