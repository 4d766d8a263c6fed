"""Settings: from the environment, then ``doujia.toml`` in ``DOUJIA_HOME``, then defaults that fit one PC."""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit


def stop(zh: str, en: str) -> NoReturn:
    """End the program with one sentence in each language: a setting that cannot be used."""
    raise SystemExit(f"{zh}\n{en}")


HOME = Path(os.environ.get("DOUJIA_HOME", "var")).resolve()
_FILE = HOME / "doujia.toml"
_file: dict[str, Any] = {}
if _FILE.is_file():
    try:
        _file = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    except ValueError as _error:
        stop(f"{_FILE} 写得不对:{_error}。", f"{_FILE} cannot be read: {_error}.")
_asked: set[str] = {"storage", "import_roots"}


def setting(name: str, default: Any = None) -> Any:
    """Return ``name`` from the environment (``DOUJIA_NAME`` or ``NAME``), the file (lower case), or ``default``."""
    _asked.add(name.lower())
    for key in (f"DOUJIA_{name}", name):
        if key in os.environ:
            return os.environ[key]
    return _file.get(name.lower(), default)


def _flag(value: Any) -> bool:
    return str(value).lower() in ("1", "true", "yes", "on")


def number(name: str, default: float, *, least: float = 0, most: float = 10**9) -> float:
    """Return a setting that is a number from ``least`` to ``most``; ends the program when it is none."""
    value = setting(name, default)
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = float("nan")
    if not least <= found <= most:
        stop(
            f"{name} 要是 {least:g} 到 {most:g} 之间的数,现在是 {value!r}。",
            f"{name} must be a number from {least:g} to {most:g}, not {value!r}.",
        )
    return found


def _table(name: str) -> dict[str, Any]:
    """Return a table of the file; ends the program when it is something else."""
    found = _file.get(name, {})
    if not isinstance(found, dict):
        stop(
            f"doujia.toml 里的 {name} 要写成 [{name}]。", f"{name} in doujia.toml must be a table: [{name}]."
        )
    return found


def key_file(name: str) -> str:
    """Return the secret kept in ``keys/<name>``, made on first use, readable by the owner only."""
    path = HOME / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for a database address (``sqlite:///path`` or ``postgres://…``)."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),  # sqlite:///absolute/path
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: a submission that was answered survives a power cut. The log is copied by kernel.checkpoints; 16,000
                # pages (64 MiB) bound it where that does not run.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=16000;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        query = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", None) or parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": "-c idle_in_transaction_session_timeout=60000", **query},
        }
    stop(
        f"DATABASE_URL 要以 sqlite:// 或 postgres:// 开头,现在是 {parts.scheme!r}。",
        f"DATABASE_URL must begin with sqlite:// or postgres://, not {parts.scheme!r}.",
    )


EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound by default
HOST = str(setting("HOST", "127.0.0.1"))
PORT = int(number("PORT", 8000, least=1, most=65535))
TLS_CERT = setting("TLS_CERT")
TLS_KEY = setting("TLS_KEY")
PUBLIC_URL = str(
    setting("PUBLIC_URL", "")
    or f"{'https' if TLS_CERT else 'http'}://{'127.0.0.1' if HOST in EVERYWHERE else HOST}:{PORT}"
).rstrip("/")
DEBUG = False
SECRET_KEY = os.environ.get("DOUJIA_SECRET_KEY") or key_file("web.key")
if len(SECRET_KEY) < 40:
    stop(
        "DOUJIA_SECRET_KEY 太短,至少 40 个字符。",
        "DOUJIA_SECRET_KEY is too short (40 characters at least).",
    )
ALLOWED_HOSTS = ["*"] if setting("ALLOWED_HOSTS") is None else str(setting("ALLOWED_HOSTS")).split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

DATABASE_URL = str(setting("DATABASE_URL", f"sqlite://{HOME / 'doujia.sqlite3'}"))
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FILES_DIR = Path(setting("FILES_DIR", HOME / "files"))
STORAGE_URL = setting("STORAGE_URL", "")
STORAGE_OPTIONS = {
    k.removeprefix("DOUJIA_STORAGE_").lower(): v
    for k, v in os.environ.items()
    if k.startswith("DOUJIA_STORAGE_") and k != "DOUJIA_STORAGE_URL"
} | _table("storage")
METRICS = _flag(setting("METRICS", False))
METRICS_TOKEN = str(setting("METRICS_TOKEN", ""))
ACCESS_LOG = _flag(setting("ACCESS_LOG", False))
TRUSTED_PROXIES = tuple(a for a in str(setting("TRUSTED_PROXIES", "")).split(",") if a)
FETCH_ALLOW_HOSTS = tuple(h for h in str(setting("FETCH_ALLOW_HOSTS", "")).split(",") if h)
MEDIA_ORIGIN = str(setting("MEDIA_ORIGIN", "")).rstrip("/")
MAX_FILE_BYTES = int(number("MAX_FILE_MB", 2048, least=1)) * 1_000_000
QUOTA_BYTES = int(number("QUOTA_GB", 0) * 1_000_000_000)  # of one tenant; 0: as much as the disk holds
IMPORT_ROOTS: dict[str, dict[str, Any]] = _table("import_roots")
for _root, _place in IMPORT_ROOTS.items():
    if not isinstance(_place, dict) or not ({"path", "url"} & _place.keys()):
        stop(
            f"doujia.toml 里的 [import_roots.{_root}] 要写 path(文件夹)或 url(存储桶)。",
            f"[import_roots.{_root}] in doujia.toml needs a path (a folder) or a url (a bucket).",
        )
MAX_PIXELS = int(number("MAX_MEGAPIXELS", 120, least=1) * 1_000_000)

INSTALLED_APPS = [
    "doujia.server.kernel",
    *(
        f"doujia.server.{name}"
        for name in ("people", "data", "projects", "work", "quality", "releases")
        if (Path(__file__).parent.parent / name / "apps.py").exists()
    ),
]
MIDDLEWARE = [
    "doujia.server.kernel.edge.Edge",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
ROOT_URLCONF = "doujia.server.config.urls"
WSGI_APPLICATION = "doujia.server.config.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": True}]
PASSWORD_HASHERS = ["doujia.server.people.passwords.Argon2"]
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = PUBLIC_URL.startswith("https:")
CSRF_COOKIE_NAME = "doujia_csrf"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 300,
        "OPTIONS": {"MAX_ENTRIES": 20000},
    }
}
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
USE_I18N = False
STATIC_URL = "/static/"
WEB_DIR = Path(__file__).parent.parent / "static"
STATIC_ROOT = WEB_DIR if WEB_DIR.is_dir() else None
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/web/assets/.+-[A-Za-z0-9_-]{8}\.\w+$"
"""Names with a hash in them may be kept for ever; WhiteNoise picks the .br and .gz that the build made."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
APPEND_SLASH = False
LOGGING_CONFIG = None
BACKUP_DIR = Path(setting("BACKUP_DIR", HOME / "backups"))
BACKUP_NIGHTLY = _flag(setting("BACKUP_NIGHTLY", True))
EMBEDDED = DATABASE_URL.startswith("sqlite")
"""One PC with its own database: one web process, one worker, one supervisor for a home."""
WEB_PROCESSES = int(number("WEB_PROCESSES", 1 if EMBEDDED else 2, least=1, most=64))
WEB_THREADS = int(number("WEB_THREADS", 16, least=1, most=256))
_unknown = sorted(set(_file) - _asked)
if _unknown:
    # A name with a slip in it would otherwise be passed over in silence, and the platform run on another database.
    stop(
        f"{_FILE} 里有不认识的设置:{'、'.join(_unknown)}。可以写的有:{'、'.join(sorted(_asked))}。",
        f"{_FILE} holds unknown settings: {', '.join(_unknown)}. Known are: {', '.join(sorted(_asked))}.",
    )
