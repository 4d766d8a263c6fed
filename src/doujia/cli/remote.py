"""``doujia remote …``: the platform from the command line, by its address and an API token."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from doujia.cli.language import say


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    remote = commands.add_parser(
        "remote",
        help=say("操作一个平台(DOUJIA_URL、DOUJIA_TOKEN)", "work with a platform (DOUJIA_URL, DOUJIA_TOKEN)"),
    )
    remote.add_argument("--url")
    remote.add_argument(
        "--token",
        help=say(
            "最好放在 DOUJIA_TOKEN 里:命令行会被同一台机器上的人看到",
            "better in DOUJIA_TOKEN: command lines are seen by others on the machine",
        ),
    )
    remote.add_argument("--json", action="store_true")
    actions = remote.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str, *arguments: str) -> argparse.ArgumentParser:
        one = actions.add_parser(name, help=text)
        # Before the action or behind it: what is not given here must not undo what was given there.
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        for argument in arguments:
            one.add_argument(argument)
        return one

    action("me", say("令牌是谁的", "who the token belongs to"))
    action("datasets", say("数据集", "datasets"))
    action("projects", say("项目", "projects"))
    action("create-dataset", say("新建数据集", "create a dataset"), "name", "tenant").add_argument(
        "--medium", default="image"
    )
    action(
        "upload",
        say("把文件或文件夹上传到数据集", "upload a file or folder into a dataset"),
        "dataset",
        "source",
    )
    action(
        "import-urls",
        say("让平台从公开地址取文件", "have the platform fetch files from public addresses"),
        "dataset",
        "file",
    ).add_argument("--wait", action=argparse.BooleanOptionalAction, default=True)
    one = action(
        "import-folder",
        say("从服务器文件夹或存储桶导入", "import from a folder of the server or a bucket"),
        "dataset",
        "root",
    )
    one.add_argument("path", nargs="?", default="")
    one = action("create-project", say("新建项目", "create a project"), "name", "client")
    one.add_argument("--base", action="append", default=[])
    one.add_argument("--template")
    one.add_argument("--schema", type=Path, help=say("标签体系文件(JSON)", "a schema document (JSON)"))
    one.add_argument("--dataset", action="append", default=[])
    one.add_argument("--start", action="store_true")
    action(
        "add-items",
        say("把数据集的全部条目放进项目", "put all items of a dataset into a project"),
        "project",
        "dataset",
    )
    one = action("push", say("把标注送进项目", "send annotations into a project"), "project", "source")
    one.add_argument("--mode", choices=["prelabels", "accepted", "gold"], default="prelabels")
    one.add_argument("--format", default="auto")
    one.add_argument("--model", default="")
    one = action("release", say("制作发布", "make a release"), "project")
    one.add_argument("--name", default="")
    action("releases", say("项目的发布", "releases of a project"), "project")
    one = action(
        "export", say("把发布写成某种格式", "write a release in a format"), "release", "format", "folder"
    )
    one.add_argument("--allow-loss", nargs="*", default=[])
    one = action(
        "marks",
        say(
            "发布里的标注,一行一个,按文件后缀写成 CSV 或 Parquet",
            "the marks of a release, one row each, as CSV or Parquet by the file's ending",
        ),
        "release",
    )
    one.add_argument(
        "file", nargs="?", type=Path, help=say("不给时:每个标注一行 JSON", "without it: one JSON line a mark")
    )
    action("schema", say("项目现行的标签体系", "the schema of a project in force"), "project")
    action("jobs", say("最近的任务", "the newest jobs"))
    action("cancel", say("停止任务", "stop a job"), "job")
    action("resume", say("让停下的任务继续", "let a stopped job go on"), "job")
    one = action("wait", say("等任务完成", "wait for a job"), "job")
    one.add_argument("--timeout", type=float)
    remote.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    try:
        import httpx  # noqa: F401
    except ImportError:
        print("pip install 'doujia[sdk]'", file=sys.stderr)
        return 2
    from doujia.sdk import Client

    with Client(args.url, args.token) as client:
        answer = _act(client, args)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    elif isinstance(answer, list):
        for row in answer:
            shown = row.get("name") or row.get("number") or row.get("kind") or ""
            print(f"{row.get('id', '')}\t{shown}\t{row.get('state', '')}")
    elif isinstance(answer, dict):
        for key, value in answer.items():
            print(
                f"{key}\t{value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False, default=str)}"
            )
    else:
        print(answer)
    return 0


def _act(client: Any, args: argparse.Namespace) -> Any:
    match args.action:
        case "me":
            return client.me()
        case "datasets":
            return client.datasets()
        case "projects":
            return client.projects()
        case "create-dataset":
            return client.create_dataset(args.name, args.tenant, medium=args.medium)
        case "upload":
            return client.upload(args.dataset, args.source)
        case "create-project":
            from doujia.marks.document import decode_schema

            schema = decode_schema(args.schema.read_bytes()) if args.schema else None
            return client.create_project(
                args.name,
                args.client,
                bases=args.base,
                template=args.template,
                schema=schema,
                datasets=args.dataset,
                start=args.start,
            )
        case "push":
            return client.push(
                args.project, args.source, mode=args.mode, format=args.format, model=args.model
            )
        case "release":
            return client.release(args.project, name=args.name)
        case "releases":
            return client.releases(args.project)
        case "export":
            return str(client.export(args.release, args.format, args.folder, allow_loss=args.allow_loss))
        case "add-items":
            return {"offered": client.add_items(args.project, args.dataset)}
        case "import-urls":
            return client.import_urls(args.dataset, _addresses(args.file), wait=args.wait)
        case "import-folder":
            return client.import_folder(args.dataset, args.root, args.path)
        case "schema":
            import msgspec

            return msgspec.to_builtins(client.schema(args.project))
        case "cancel":
            return client.cancel(args.job)
        case "resume":
            return client.resume(args.job)
        case "marks":
            return _marks(client, args.release, args.file)
        case "jobs":
            return client.jobs()
        case _:
            return client.wait(args.job, timeout=args.timeout)


def _addresses(file: str) -> list[str]:
    """Return the addresses in a text file, one a line; ``-`` is what comes in."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _marks(client: Any, release: str, file: Path | None) -> Any:
    """Write the marks into a file and say how many, or return them as rows."""
    frame = client.marks(release)
    if file is None:
        return json.loads(frame.to_json(orient="records", force_ascii=False))
    if file.suffix.lower() == ".parquet":
        frame.to_parquet(file, index=False)
    else:
        frame.to_csv(file, index=False, encoding="utf-8-sig")
    return {"file": str(file), "marks": int((frame["id"].fillna("") != "").sum())}
