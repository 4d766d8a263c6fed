"""Before the servers start: check the home, back up an older database, migrate it, make the demo on the first start.

Runs in a process of its own, so that the supervisor stays small. Its last line of output is JSON for the supervisor.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from doujia.server.demo import ACCOUNTS_FILE

MIN_FREE_BYTES = 300 * 1024 * 1024
OLDEST_POSTGRESQL = 15


class CannotStart(Exception):
    """One clear sentence in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def prepare(*, demo: bool) -> dict[str, Any]:
    """Bring the home folder and the database into the state this program needs.

    Returns:
        What the supervisor prints: ``first``, ``accounts``, ``key`` (what to know of the vault's key), ``warning`` and
        ``backup``.

    Raises:
        CannotStart: the disk is full, the folder is not writable, the database is of a newer program or cannot be reached.
    """
    from django.conf import settings

    home = settings.HOME
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"写不进 {home}:{error.strerror}。", f"Cannot write to {home}: {error.strerror}."
        ) from error
    free = shutil.disk_usage(home).free
    if free < MIN_FREE_BYTES:
        mb = free // 1_000_000
        raise CannotStart(
            f"硬盘快满了(还剩 {mb} MB),数据可能存不下。清出 300 MB 以上再启动。",
            f"The disk is nearly full ({mb} MB left), work might not be kept. Free 300 MB or more, then start again.",
        )
    first, saved = _migrate()
    from doujia.server.people import vault

    answer: dict[str, Any] = {
        "first": first,
        "backup": saved,
        "accounts": [],
        "key": None,
        "warning": None,
    }
    try:
        key = vault.notice()
        answer["key"] = {"zh": key.zh, "en": key.en} if first else None
    except vault.VaultSealed as sealed:
        # People can work and log in by name; who starts the platform is the one who can bring the key back.
        answer["warning"] = {"zh": f"注意:{sealed.zh}", "en": f"Attention: {sealed.en}"}
    if settings.METRICS:
        from doujia.server.kernel import metrics

        metrics.start()
    if demo and first:
        from doujia.server.demo.build import build

        answer["accounts"] = build()
    elif demo:
        answer["accounts"] = _demo_accounts(home / ACCOUNTS_FILE)
    return answer


def _demo_accounts(path: Path) -> list[dict[str, str]]:
    """Return the accounts that the first start made: who starts it again tomorrow has forgotten them."""
    try:
        return list(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def _migrate() -> tuple[bool, str | None]:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import DatabaseError

    try:
        executor = MigrationExecutor(connection)
        applied = set(executor.loader.applied_migrations)
    except DatabaseError as error:
        raise _unreachable(error) from error
    if connection.vendor == "postgresql" and connection.pg_version < OLDEST_POSTGRESQL * 10_000:
        raise CannotStart(
            f"PostgreSQL 要 {OLDEST_POSTGRESQL} 或更新的版本,现在是 {connection.pg_version // 10_000}。",
            f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed, this one is {connection.pg_version // 10_000}.",
        )
    known = set(executor.loader.disk_migrations)
    ours = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise CannotStart(
            f"这个数据库是更新版本的豆荚用过的({newer[0]}),请升级程序,或从备份恢复。",
            f"This database was used by a newer Doujia ({newer[0]}); upgrade the program or restore a backup.",
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    saved = _backed_up() if plan and applied else None
    if plan:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except (DatabaseError, OSError) as error:
            where = (
                (f",升级前的备份在 {saved}", f"; the backup made before it is {saved}") if saved else ("", "")
            )
            raise CannotStart(
                f"数据库升级没有完成:{error}{where[0]}。",
                f"The upgrade of the database did not end: {error}{where[1]}.",
            ) from error
    return not applied, saved


def _backed_up() -> str:
    """Save what is there before it is changed; without that nothing is changed."""
    from doujia.errors import DoujiaError
    from doujia.server.kernel import backup
    from doujia.server.kernel.errors import PlatformError

    try:
        return str(backup.create(reason="before-migration"))
    except (DoujiaError, PlatformError, OSError) as error:
        zh = error.message.zh if isinstance(error, DoujiaError) else getattr(error, "zh", str(error))
        en = error.message.en if isinstance(error, DoujiaError) else getattr(error, "en", str(error))
        raise CannotStart(
            f"升级数据库之前要先备份,备份没有做成,数据库没有动:{zh}",
            f"The database must be backed up before its upgrade, and that failed; nothing was changed: {en}",
        ) from error


def _unreachable(error: Exception) -> CannotStart:
    if "not a database" in str(error) or "malformed" in str(error):
        return CannotStart(
            "数据库文件坏了。把它移走,再用 doujia restore 从备份恢复。",
            "The database file is damaged. Move it away, then bring a backup back with doujia restore.",
        )
    return CannotStart(f"连不上数据库:{error}。", f"The database cannot be reached: {error}.")


def main() -> None:
    """Command used by the supervisor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
    import django

    django.setup()
    try:
        sys.stdout.write(json.dumps(prepare(demo=args.demo), ensure_ascii=False) + "\n")
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
