"""What all environments share. Development, test and production differ in a few lines each."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.utils.functional import SimpleLazyObject

from config import env

BASE_DIR = Path(__file__).resolve().parents[2]
CROSSDOCK_DATA = env.directory("CROSSDOCK_DATA", BASE_DIR / "var")

INSTALLED_APPS = [
    "unfold",  # before django.contrib.admin, whose templates it replaces
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "import_export",
    "django_rq",
    "migrations_app",
    "reconciliation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # of papers; screens are English
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- database --------------------------------------------------------------------------------------------------------


def _database() -> dict[str, Any]:
    database: dict[str, Any] = env.database("DATABASE_URL", f"sqlite:///{quote(str(CROSSDOCK_DATA / 'crossdock.sqlite3'))}")
    if "sqlite3" in database["ENGINE"]:
        # A writer takes the lock when its transaction begins and waits for its turn: without IMMEDIATE most concurrent jobs
        # fail with "database is locked", however long the time-out.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # What SQLite sorts goes to a file once it is larger than the cache: two million keys would be a hundred megabytes.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        }
    return database


DATABASES = {"default": _database()}

# --- queues ----------------------------------------------------------------------------------------------------------


def _embedded_valkey() -> str:
    from config.valkey import ensure  # imported where it is needed: a host with REDIS_URL runs without the server's package

    return ensure(CROSSDOCK_DATA)


# Without REDIS_URL the embedded Valkey is started, or shared, when the first connection is opened and not before.
REDIS_URL = env.text("REDIS_URL", "") or SimpleLazyObject(_embedded_valkey)
RQ_QUEUES = {
    "tick": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 900},  # workers take it first: what keeps runs going waits behind no batch
    "load": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 900},
    "default": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 900},
}
# django-rq's own admin pages are open to every staff user; this takes them away. Ours are for superusers only.
RQ_SHOW_ADMIN_LINK = False

# --- Crossdock -------------------------------------------------------------------------------------------------------

PIPEDRIVE_EXTRA_HOSTS = env.words("PIPEDRIVE_EXTRA_HOSTS", ())
CROSSDOCK_USER = env.text("CROSSDOCK_USER", "system")
PIPEDRIVE_LIMITS = env.flag("PIPEDRIVE_LIMITS", True)  # off for benchmarks against a server without limits
LEDGER_TIME_SCALE = env.positive("LEDGER_TIME_SCALE", 1)
PIPEDRIVE_WINDOW = 2.0  # seconds of one window, in which the requests of a token are counted
PIPEDRIVE_PAUSE = 30.0  # seconds that a run waits when Pipedrive cannot be reached, or fails with everything
PIPEDRIVE_TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds to wait for an answer; lost answers are looked for after both

# --- files, mail, log ------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = CROSSDOCK_DATA / "static"
MEDIA_ROOT = CROSSDOCK_DATA / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a queue's bulk action may tick thousands of rows

# Between preview and confirmation an uploaded workbook waits where every web host finds it.
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.MediaStorage"
IMPORT_EXPORT_USE_TRANSACTIONS = True

vars().update(env.email("EMAIL_URL", "consolemail://"))
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Crossdock <crossdock@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.masking.MaskingFormatter", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django": {"handlers": ["console"], "propagate": False},
        "django.server": {"handlers": ["console"], "propagate": False},
        "rq": {"handlers": ["console"], "propagate": False},
    },
}

UNFOLD = {
    "SITE_TITLE": "Crossdock",
    "SITE_HEADER": "Crossdock",
    "SITE_SUBHEADER": "CRM moves into Pipedrive",
    "SITE_SYMBOL": "warehouse",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "migrations_app.admin.front.favicon"}],
    "STYLES": ["migrations_app.admin.front.style"],
    "DASHBOARD_CALLBACK": "migrations_app.admin.front.dashboard",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "migrations_app.admin.front.navigation"},
    "COLORS": {
        "primary": {
            "50": "#f0fdfa",
            "100": "#ccfbf1",
            "200": "#99f6e4",
            "300": "#5eead4",
            "400": "#2dd4bf",
            "500": "#14b8a6",
            "600": "#0d9488",
            "700": "#0f766e",
            "800": "#115e59",
            "900": "#134e4a",
            "950": "#042f2e",
        }
    },
}
