"""The client: one object for one platform and one API token."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from doujia import __version__, formats
from doujia.errors import DoujiaError, InputError
from doujia.formats import Dataset
from doujia.marks import Schema
from doujia.marks.document import decode_schema

__all__ = ["ApiError", "Client", "JobFailed", "Progress"]

Progress = Callable[[str, int, int | None], None]
"""Called with what is going on, how much is done, and how much there is (None while unknown)."""

PART_BYTES = 8 * 1024 * 1024
RETRIES = 5


class ApiError(DoujiaError):
    """The platform said no; ``code``, ``status`` and ``fields`` are those of its problem+json answer."""

    def __init__(self, body: dict[str, Any], status: int) -> None:
        detail = body.get("detail") or {}
        detail = detail if isinstance(detail, dict) else {"zh": str(detail), "en": str(detail)}
        super().__init__(
            detail.get("en") or body.get("title") or f"HTTP {status}",
            zh=detail.get("zh"),
            code=body.get("code", f"http_{status}"),
        )
        self.status, self.body = status, body
        self.fields: list[dict[str, Any]] = body.get("fields") or []


class JobFailed(DoujiaError):
    """A job ended without having done its work."""

    code = "job_failed"


def show_progress(what: str, done: int, total: int | None) -> None:
    """Print a progress line on a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        share = f"{100 * done / total:5.1f} %" if total else ""
        sys.stderr.write(f"\r{what} {done:,}{f' / {total:,}' if total else ''} {share}   ")
        if total is not None and done >= total:
            sys.stderr.write("\n")
        sys.stderr.flush()


class Client:
    """A platform.

    Args:
        url: address of the platform; ``DOUJIA_URL`` by default.
        token: API token; ``DOUJIA_TOKEN`` by default.
        progress: called while something long goes on; None is silent.
        transport: an httpx transport, for tests.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        progress: Progress | None = show_progress,
        transport: Any = None,
    ) -> None:
        import httpx

        address, secret = url or os.environ.get("DOUJIA_URL"), token or os.environ.get("DOUJIA_TOKEN")
        if not address or not secret:
            raise InputError(
                "Tell the address and the token (url, token, or DOUJIA_URL and DOUJIA_TOKEN).",
                zh="要有地址和令牌(url、token,或环境变量 DOUJIA_URL、DOUJIA_TOKEN)。",
                code="client_incomplete",
            )
        headers = {"Authorization": f"Bearer {secret}", "User-Agent": f"doujia/{__version__}"}
        self._http = httpx.Client(
            base_url=f"{address.rstrip('/')}/api/v1", headers=headers, timeout=60, transport=transport
        )
        self._progress = progress or (lambda what, done, total: None)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def me(self) -> dict[str, Any]:
        """Return who the token belongs to, with roles."""
        return dict(self._json("GET", "/people/me"))

    # Datasets

    def datasets(self) -> list[dict[str, Any]]:
        """Return the datasets that the token may see."""
        return list(self._pages("/data/datasets", "items"))

    def create_dataset(self, name: str, tenant: str, *, medium: str = "image") -> str:
        """Create a dataset and return its id."""
        return str(
            self._json("POST", "/data/datasets", json={"name": name, "tenant": tenant, "medium": medium})[
                "id"
            ]
        )

    def upload(self, dataset: str, source: Path | str, *, wait: bool = True) -> dict[str, Any]:
        """Upload a file or a folder and import it; broken lines and restarts of either side are survived.

        An upload of the same files that was begun and not finished goes on: nothing that arrived is sent again.

        Returns:
            The import: ``counts`` (added, known, duplicates, refused) and ``reasons``.
        """
        root = Path(source)
        files = (
            [root]
            if root.is_file()
            else sorted(p for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))
        )
        if not files:
            raise InputError(
                f"There is nothing to upload in {root}.",
                zh=f"{root} 里没有可以上传的文件。",
                code="nothing_to_upload",
            )
        base = root.parent if root.is_file() else root
        sizes = {p.relative_to(base).as_posix(): p.stat().st_size for p in files}
        upload = (
            self._unfinished(dataset, sizes)
            or self._json("POST", f"/data/datasets/{dataset}/uploads", json={})["id"]
        )
        total, done = sum(sizes.values()), 0
        for start in range(0, len(files), 1000):
            part = files[start : start + 1000]
            names = [p.relative_to(base).as_posix() for p in part]
            body = [{"name": name, "size": sizes[name]} for name in names]
            placed = {
                f["name"]: f
                for f in self._json("POST", f"/data/uploads/{upload}/files", json={"files": body})["files"]
            }
            for path in part:
                place = placed.get(path.relative_to(base).as_posix())
                if place is not None:
                    self._send_file(
                        upload,
                        place,
                        path,
                        lambda sent, before=done: self._progress("upload", before + sent, total),
                    )
                done += path.stat().st_size
                self._progress("upload", done, total)
        run: dict[str, Any] = self._json("POST", f"/data/uploads/{upload}/commit", json={})
        return self._wait_import(run["id"]) if wait else run

    def _unfinished(self, dataset: str, sizes: dict[str, int]) -> str | None:
        """Return one's own open upload into the dataset that holds nothing but these files, or None."""
        for upload in self._json("GET", f"/data/datasets/{dataset}/uploads")["items"]:
            files = self._pages(f"/data/uploads/{upload['id']}", "items")
            if upload["files"] and all(sizes.get(file["name"]) == file["size"] for file in files):
                return str(upload["id"])
        return None

    def _send_file(self, upload: str, place: dict[str, Any], path: Path, told: Callable[[int], None]) -> None:
        offset = int(place["received"])
        with path.open("rb") as file:
            while offset < place["size"]:
                file.seek(offset)
                block = file.read(PART_BYTES)
                try:
                    answer = self._json(
                        "PUT",
                        f"/data/uploads/{upload}/files/{place['id']}",
                        params={"offset": offset},
                        content=block,
                    )
                    offset = int(answer["received"])
                except ApiError as error:
                    # The server knows better how much is there: a part may have arrived though its answer was lost.
                    if error.code != "wrong_offset" or error.body.get("received") == offset:
                        raise
                    offset = int(error.body["received"])
                told(offset)

    def import_urls(
        self, dataset: str, urls: Iterable[str | dict[str, str]], *, wait: bool = True
    ) -> dict[str, Any]:
        """Have the platform fetch files from public addresses (at most 10,000 in a call); returns the import.

        Args:
            urls: addresses, or ``{"url": …, "name": …}`` whose further keys become attributes.
        """
        rows = [{"url": one} if isinstance(one, str) else dict(one) for one in urls]
        run: dict[str, Any] = self._json(
            "POST", f"/data/datasets/{dataset}/imports/urls", json={"urls": rows}
        )
        return self._wait_import(run["id"]) if wait else run

    def import_folder(self, dataset: str, root: str, path: str = "", *, wait: bool = True) -> dict[str, Any]:
        """Import from a folder of the server or a prefix of a bucket that its admin has opened; needs scope ``admin``.

        Args:
            root: its name in ``doujia.toml``; ``path`` what lies below it.
        """
        body = {"root": root, "path": path}
        run: dict[str, Any] = self._json("POST", f"/data/datasets/{dataset}/imports/folder", json=body)
        return self._wait_import(run["id"]) if wait else run

    def _wait_import(self, run: str) -> dict[str, Any]:
        pause = 0.2
        while True:
            found: dict[str, Any] = self._json("GET", f"/data/imports/{run}")
            self._progress("import", found["done"], found["total"])
            if found["state"] == "done":
                return found
            if found["state"] in ("failed", "cancelled"):
                raise JobFailed(
                    f"The import {found['state']}: {(found.get('error') or {}).get('en', '')}",
                    zh=(found.get("error") or {}).get("zh"),
                )
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)

    # Projects

    def projects(self) -> list[dict[str, Any]]:
        """Return the projects that the token may see."""
        return list(self._pages("/projects/", "projects"))

    def create_project(
        self, name: str, client: str, *, bases: Iterable[str] = (), template: str | None = None, schema: Schema | None = None, guideline: str | None = None,
        settings: dict[str, Any] | None = None, datasets: Iterable[str] = (), start: bool = False,
    ) -> str:  # fmt: skip
        """Create a project from a template or a schema, put the datasets' items in, and return its id."""
        import msgspec

        body: dict[str, Any] = {
            "name": name,
            "client": client,
            "bases": list(bases),
            "settings": settings or {},
        }
        if schema is not None:
            body["schema_document"] = msgspec.to_builtins(schema)
        if template is not None:
            body["template"] = template
        if guideline is not None:
            body["guideline"] = guideline
        project = str(self._json("POST", "/projects/", json=body)["id"])
        for dataset in datasets:
            self.add_items(project, dataset)
        if start:
            self._json("POST", f"/projects/{project}/state", json={"state": "running"})
        return project

    def add_items(self, project: str, dataset: str, *, priority: int = 0) -> int:
        """Put all items of a dataset into a project; a large one is a job, which is waited for. Returns how many were offered."""
        body = {"dataset": dataset, "priority": priority}
        answer = self._json("POST", f"/projects/{project}/items", json=body)
        return int(self.wait(answer["job"])["offered"] if answer.get("job") else answer["offered"])

    def schema(self, project: str) -> Schema:
        """Return the schema in force."""
        import msgspec

        return decode_schema(msgspec.json.encode(self._json("GET", f"/projects/{project}/schema")["schema"]))

    def push(
        self,
        project: str,
        source: Path | str | Dataset,
        *,
        mode: str = "prelabels",
        format: str = "auto",
        model: str = "",
    ) -> dict[str, Any]:
        """Send annotations of any format (or a dataset in memory) into a project.

        Args:
            mode: ``prelabels`` (a model's suggestions), ``accepted`` (finished work) or ``gold`` (right answers).
            model: ``name@version`` of what made them.

        Returns:
            What matched and what did not.
        """
        if isinstance(source, (str, Path)):
            path = Path(source)
            name, body = path.name, path.read_bytes() if path.is_file() else _zipped(path)
            name = name if path.is_file() else f"{name}.zip"
        else:
            name, format, body = "marks.jsonl", "doujia-jsonl", _jsonl(source)
        query = {"name": name, "mode": mode, "format": format, "source": model}
        return self.wait(
            self._json("POST", f"/work/projects/{project}/imports", params=query, content=body)["job"]
        )

    # Releases

    def release(self, project: str, *, name: str = "", notes: str = "") -> str:
        """Make a release of what is accepted now, wait for it, and return its id."""
        made = str(
            self._json("POST", f"/releases/projects/{project}", json={"name": name, "notes": notes})["id"]
        )
        self._wait_state(f"/releases/{made}", "release")
        return made

    def releases(self, project: str) -> list[dict[str, Any]]:
        """Return the releases of a project, newest first."""
        return list(self._json("GET", f"/releases/projects/{project}"))

    def export(
        self, release: str, format: str, folder: Path | str, *, allow_loss: Iterable[str] = ()
    ) -> Path:
        """Write a release in a format into ``folder`` and return the file.

        Raises:
            ApiError: ``loss_refused``, with the codes to allow.
        """
        made = self._json(
            "POST", f"/releases/{release}/exports", json={"format": format, "allow_loss": list(allow_loss)}
        )["id"]
        found = self._wait_state(f"/releases/exports/{made}", "export", refused="problem")
        target = Path(folder) / Path(found["name"]).name
        target.parent.mkdir(parents=True, exist_ok=True)
        return self._download(f"/releases/exports/{made}/file", target)

    def marks(self, release: str) -> Any:
        """Return the marks of a release as a pandas DataFrame, one row a mark, and one with empty ``id`` for each empty item."""
        import pyarrow.parquet as parquet

        return parquet.read_table(
            io.BytesIO(self._bytes(f"/releases/{release}/files/data.parquet"))
        ).to_pandas()

    # Jobs

    def jobs(self) -> list[dict[str, Any]]:
        """Return the newest jobs that the token may see."""
        found = self._json("GET", "/jobs")
        return list(found["jobs"] if "jobs" in found else found["items"])

    def cancel(self, job: str) -> dict[str, Any]:
        """Ask a job to stop and return it; what it has done stays done."""
        return dict(self._json("POST", f"/jobs/{job}/cancel"))

    def resume(self, job: str) -> dict[str, Any]:
        """Let a job that was cancelled or failed go on from where it stopped, and return it."""
        return dict(self._json("POST", f"/jobs/{job}/resume"))

    def wait(self, job: str, *, timeout: float | None = None) -> dict[str, Any]:
        """Wait for a job and return its result.

        Raises:
            JobFailed: it failed or was cancelled, or ``timeout`` seconds went by.
        """
        began, pause = time.monotonic(), 0.2
        while True:
            found = self._json("GET", f"/jobs/{job}")
            self._progress(found["kind"], found["done"], found["total"])
            if found["state"] == "done":
                return dict(found["result"])
            if found["state"] in ("failed", "cancelled"):
                error = found.get("error") or {}
                raise JobFailed(
                    f"The job {found['state']}: {error.get('en', '')}",
                    zh=error.get("zh"),
                    code=error.get("code"),
                )
            if timeout is not None and time.monotonic() - began > timeout:
                raise JobFailed(
                    f"The job is still {found['state']} after {timeout:.0f} s.", code="job_timeout"
                )
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)

    def _wait_state(self, path: str, what: str, *, refused: str = "") -> dict[str, Any]:
        pause = 0.2
        while True:
            found: dict[str, Any] = self._json("GET", path)
            if found["state"] in ("ready", "done"):
                return found
            if found["state"] in ("failed", "refused", "cancelled"):
                problem = found.get(refused) if refused else None
                if problem:
                    # What a job found is told in the words of an answer.
                    detail = {"zh": problem.get("zh"), "en": problem.get("en")}
                    code = (
                        "loss_refused" if found["state"] == "refused" else problem.get("codes", ["failed"])[0]
                    )
                    raise ApiError({"code": code, "detail": detail, **problem}, 409)
                raise JobFailed(f"The {what} {found['state']}.")
            self._progress(what, 0, None)
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)

    # Below the surface

    def _pages(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            found = self._json("GET", path, params={"cursor": cursor} if cursor else None)
            yield from found[key]
            cursor = found.get("next")
            if not cursor:
                return

    def _json(self, method: str, path: str, **options: Any) -> Any:
        if "content" in options:
            options["headers"] = {"Content-Type": "application/octet-stream"}
        return self._send(method, path, **options).json()

    def _send(self, method: str, path: str, **options: Any) -> Any:
        import httpx

        for attempt in range(RETRIES + 1):
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if attempt == RETRIES:
                    raise ApiError(
                        {
                            "code": "unreachable",
                            "detail": {"zh": f"连不上:{error}", "en": f"Not reachable: {error}"},
                        },
                        0,
                    ) from error
            else:
                if answer.status_code < 400:
                    return answer
                if answer.status_code not in (429, 502, 503, 504) or attempt == RETRIES:
                    raise ApiError(_problem(answer), answer.status_code)
            time.sleep(min(8.0, 0.3 * 2**attempt))
        raise AssertionError("the loop always returns or raises")

    def _bytes(self, path: str) -> bytes:
        return bytes(self._send("GET", path).content)

    def _download(self, path: str, target: Path) -> Path:
        part = target.with_name(target.name + ".part")
        digest = hashlib.sha256()
        with self._http.stream("GET", path) as answer, part.open("wb") as file:
            if answer.status_code >= 400:
                answer.read()
                raise ApiError(_problem(answer), answer.status_code)
            total = int(answer.headers.get("Content-Length") or 0) or None
            for block in answer.iter_bytes():
                file.write(block)
                digest.update(block)
                self._progress("download", file.tell(), total)
            tag = answer.headers.get("ETag", "").strip('"')
        if len(tag) == 64 and tag != digest.hexdigest():
            part.unlink()
            raise JobFailed(
                "The download is damaged; try again.", zh="下载的文件坏了,再试一次。", code="download_damaged"
            )
        return part.replace(target)


def _problem(answer: Any) -> dict[str, Any]:
    try:
        body = answer.json()
        return body if isinstance(body, dict) else {}
    except ValueError:
        return {"title": f"HTTP {answer.status_code} from {quote(str(answer.request.url.path))}"}


def _jsonl(dataset: Dataset) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marks.jsonl"
        formats.write(dataset, path, "doujia-jsonl")
        return path.read_bytes()


def _zipped(folder: Path) -> bytes:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return out.getvalue()
