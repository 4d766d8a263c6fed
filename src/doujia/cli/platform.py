"""Commands that run and keep the platform: up, worker, backup, restore, audit, demo."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from doujia.cli.language import say


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the platform's commands."""
    command = commands.add_parser(
        "up",
        help=say("运行网页服务和后台任务(Ctrl-C 一起停止)", "run web server and worker (Ctrl-C stops both)"),
    )
    command.add_argument(
        "--demo",
        action="store_true",
        help=say("数据目录是新的时,造演示数据", "make the demo data when the home is new"),
    )
    command.add_argument("--host", help=say("监听的地址(HOST)", "address to listen on (HOST)"))
    command.add_argument("--port", type=int, help=say("端口(PORT)", "port (PORT)"))
    command.set_defaults(run=_up)

    command = commands.add_parser("worker", help=say("只运行后台任务", "run only the job worker"))
    command.set_defaults(run=_worker)

    command = commands.add_parser("backup", help=say("备份数据库和文件", "save database and files"))
    command.add_argument(
        "folder", nargs="?", type=Path, help=say("备份到哪里(BACKUP_DIR)", "where to (BACKUP_DIR)")
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_backup)

    command = commands.add_parser(
        "restore", help=say("把备份恢复到空的数据目录", "bring a backup back into an empty home")
    )
    command.add_argument("folder", type=Path)
    command.add_argument(
        "--check", action="store_true", help=say("只检查备份是否完整", "only check that the backup is whole")
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_restore)

    command = commands.add_parser("audit", help=say("操作记录", "the audit trail"))
    command.add_argument("what", choices=["verify"])
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_audit)

    command = commands.add_parser(
        "admin",
        help=say(
            "创建平台管理员(只能在这里,不能通过网络)",
            "create a platform admin (only here, never over the network)",
        ),
    )
    command.add_argument("login", help=say("登录名", "the name to log in with"))
    command.add_argument("--name", help=say("显示的名字", "the name that is shown"))
    command.set_defaults(run=_admin)

    command = commands.add_parser(
        "demo", help=say("造演示数据,或整个丢掉", "make or throw away the demo data")
    )
    command.add_argument("what", choices=["create", "remove"])
    command.set_defaults(run=_demo)


def _installed() -> bool:
    if find_spec("django") is None:
        print(
            "这条命令要装平台部分:pip install 'doujia[server]'\nThis command needs the platform: pip install 'doujia[server]'",
            file=sys.stderr,
        )
        return False
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
    return True


def _django() -> bool:
    if not _installed():
        return False
    import django

    django.setup()
    return True


def _up(args: argparse.Namespace) -> int:
    if not _installed():
        return 2
    if args.host:
        os.environ["HOST"] = args.host
    if args.port:
        os.environ["PORT"] = str(args.port)
    try:
        from doujia.server.ops.settings_view import web_settings

        view = web_settings()
    except OSError as error:
        home = os.environ.get("DOUJIA_HOME", "var")
        print(f"写不进 {home}:{error.strerror}。\nCannot write to {home}: {error.strerror}.", file=sys.stderr)
        return 1
    from doujia.server.ops.supervisor import up

    return up(demo=args.demo, host=view["host"], port=view["port"], home=view["home"])


def _worker(args: argparse.Namespace) -> int:
    if not _installed():
        return 2
    from doujia.server.ops.worker import main

    main()
    return 0


def _backup(args: argparse.Namespace) -> int:
    if not _django():
        return 2
    from doujia.server.kernel import backup

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{total}", end="", file=sys.stderr)

    folder = backup.create(args.folder, progress=progress)
    print(json.dumps({"folder": str(folder)}) if args.json else f"备份好了:{folder}\nBacked up: {folder}")
    return 0


def _restore(args: argparse.Namespace) -> int:
    if not _django():
        return 2
    from doujia.server.kernel import backup

    if args.check:
        manifest = backup.verify(args.folder)
        count = len(manifest["blobs"])
        print(
            json.dumps({"whole": True, "files": count})
            if args.json
            else f"备份完好:{count} 个文件。\nThe backup is whole: {count} files."
        )
        return 0
    done = backup.restore(args.folder)
    if args.json:
        print(json.dumps(done))
        return 0
    print(
        f"恢复好了:{done['files']} 个文件,备份时间 {done['made_at']}。\nRestored: {done['files']} files, backed up {done['made_at']}."
    )
    from doujia.server.people import vault

    if not vault.key_path().exists():
        print(
            f"备份里没有身份信息的钥匙:启动之前把你另存的 vault.key 放到 {vault.key_path()}。\n"
            f"The key of the identity data is in no backup: put your own copy at {vault.key_path()} before you start."
        )
    return 0


def _audit(args: argparse.Namespace) -> int:
    if not _django():
        return 2
    import msgspec

    from doujia.server.kernel import audit

    report = audit.verify()
    if args.json:
        print(msgspec.json.encode(report).decode())
    else:
        print(report)
    return 0 if report.ok else 1


def _admin(args: argparse.Namespace) -> int:
    if not _django():
        return 2
    from doujia.server.kernel.errors import PlatformError
    from doujia.server.people import actions
    from doujia.server.people.permissions import SYSTEM
    from doujia.server.people.queries import tenants_of

    platforms = [t.id for t in tenants_of(SYSTEM, "platform")]
    platform = (
        platforms[0] if platforms else actions.create_tenant(actor=SYSTEM, kind="platform", name="Doujia")
    )
    try:
        made = actions.create_person(
            actor=SYSTEM,
            tenant=platform,
            role="admin",
            display_name=args.name or args.login,
            login_name=args.login,
        )
    except PlatformError as error:
        print(f"{error.zh}\n{error.en}", file=sys.stderr)
        return 1
    print(f"登录名 {made.login},一次性的码 {made.code}(第一次登录时换成自己的密码)。")
    print(f"Login {made.login}, one-time code {made.code} (you choose a password at the first login).")
    return 0


def _demo(args: argparse.Namespace) -> int:
    if not _django():
        return 2
    from doujia.server.demo import build

    if args.what == "create":
        for account in build.build():
            print(f"{account['login']:<12} {account['password']:<16} {account['zh']} / {account['en']}")
        return 0
    from doujia.server.ops.running import is_running
    from doujia.server.ops.settings_view import web_settings

    view = web_settings()
    if is_running(view["host"], view["port"]):
        print(
            "豆荚还在运行,先按 Ctrl-C 停下,再删演示数据。\nDoujia is running: stop it with Ctrl-C, then throw the demo away.",
            file=sys.stderr,
        )
        return 1
    home = build.remove()
    print(f"演示数据删掉了({home})。接着干真正的活,先建一个管理员:doujia admin 名字")
    print(f"The demo is gone ({home}). To begin real work, make an admin first: doujia admin NAME")
    return 0
