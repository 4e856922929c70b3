"""What the environment may say. Every variable that Crossdock reads stands in the table below; reading another one fails."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

VARIABLES = {
    "CROSSDOCK_DATA": "directory of all local state (database, keys, uploads, embedded Valkey); default var/ in the project",
    "DATABASE_URL": "database, e.g. postgresql://user:password@host/name; default SQLite in CROSSDOCK_DATA",
    "REDIS_URL": "Redis or Valkey, e.g. redis://host:6379/0; default an embedded Valkey in CROSSDOCK_DATA",
    "SECRET_KEY": "Django's signing key; made once in development, required in production",
    "FIELD_KEYS": "Fernet keys that encrypt API tokens, comma separated, newest first; made once in development, required in production",
    "SITE_URL": "where the back office is reached, for links in mails; http://127.0.0.1:8000 without it",
    "ALLOWED_HOSTS": "host names the site answers to, comma separated; required in production",
    "CSRF_TRUSTED_ORIGINS": "origins behind a proxy, comma separated, e.g. https://crossdock.example.com",
    "SECURE_PROXY": "yes when a proxy ends TLS and sets X-Forwarded-Proto; default no",
    "PIPEDRIVE_EXTRA_HOSTS": "hosts besides *.pipedrive.com that accounts may name, host:port, comma separated",
    "CROSSDOCK_USER": "who the command line acts as without --by; default the user `system`",
    "PIPEDRIVE_LIMITS": "no: do not hold back requests for the limits of the plan (benchmarks only); default yes",
    "LEDGER_TIME_SCALE": "multiplies the waits of the ledger (leases, ticks, settling), for tests; default 1",
    "EMAIL_URL": "outgoing mail, e.g. smtp+tls://user:password@host:587; default the console",
    "DEFAULT_FROM_EMAIL": "sender of Crossdock's mails",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR; default INFO",
}

DATABASES = ("postgresql", "postgres", "sqlite")

_env = environ.Env()


def text(name: str, default: str | None = None) -> str:
    """The variable, or `default`; without a default it must be set and must not be empty."""
    value = str(_env.str(_known(name), default="")).strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set ({VARIABLES[name]}).")
    return default


def words(name: str, default: tuple[str, ...] | None = None) -> list[str]:
    """A comma separated list; without a default at least one word is required."""
    found = [word.strip() for word in text(name, None if default is None else ",".join(default)).split(",")]
    return [word for word in found if word]


def flag(name: str, default: bool) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; say yes or no.")


def positive(name: str, default: float) -> float:
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ImproperlyConfigured(f"{name} is {value!r}; it has to be a number above 0.")
    return number


def directory(name: str, default: Path) -> Path:
    """An existing directory that only this user may enter; made when it is missing."""
    path = Path(text(name, str(default))).expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} is {path}, which cannot be used as a directory: {error.strerror}.") from error
    return path


def database(name: str, default: str) -> dict[str, object]:
    """Django's settings of one database; the address's query becomes its OPTIONS."""
    url = text(name, default)
    if not url.startswith(tuple(f"{scheme}://" for scheme in DATABASES)):
        raise ImproperlyConfigured(f"{name} has to begin with one of " + ", ".join(f"{scheme}://" for scheme in DATABASES) + ".")
    settings: dict[str, object] = environ.Env.db_url_config(url)
    return settings


def email(name: str, default: str) -> dict[str, object]:
    """Django's EMAIL_* settings."""
    try:
        return dict(environ.Env.email_url_config(text(name, default)))
    except (KeyError, ValueError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} is not an address of a mail server that Crossdock understands.") from error


def _known(name: str) -> str:
    if name not in VARIABLES:
        raise ImproperlyConfigured(f"{name} is read but does not stand in config.env.VARIABLES.")
    return name
