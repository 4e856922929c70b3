import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).resolve().parents[2]


def test_a_required_variable_that_is_missing_is_named_with_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set \(Django's signing key"):
        env.text("SECRET_KEY")


def test_blank_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_USER", "  ")
    assert env.text("CROSSDOCK_USER", "system") == "system"


def test_a_variable_that_is_not_in_the_table_cannot_be_read() -> None:
    with pytest.raises(ImproperlyConfigured, match="does not stand in"):
        env.text("SOMETHING_ELSE", "")


def test_lists_forgive_blanks_and_trailing_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPEDRIVE_EXTRA_HOSTS", " 127.0.0.1:8001 , localhost:9,")
    assert env.words("PIPEDRIVE_EXTRA_HOSTS", ()) == ["127.0.0.1:8001", "localhost:9"]


@pytest.mark.parametrize("value", ["fast", "0", "-1", "inf", "nan"])
def test_a_scale_has_to_be_a_number_above_zero(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LEDGER_TIME_SCALE", value)
    with pytest.raises(ImproperlyConfigured, match="LEDGER_TIME_SCALE"):
        env.positive("LEDGER_TIME_SCALE", 1)


@pytest.mark.parametrize(("value", "meaning"), [("yes", True), ("True", True), ("0", False), ("off", False), ("", True)])
def test_switches_understand_the_usual_words(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("SECURE_PROXY", value)
    assert env.flag("SECURE_PROXY", default=True) is meaning


def test_a_switch_that_says_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURE_PROXY", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="say yes or no"):
        env.flag("SECURE_PROXY", default=False)


@pytest.mark.parametrize("url", ["mysql://user@host/name", "nonsense", "postgres"])
def test_only_postgresql_and_sqlite_are_databases(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database("DATABASE_URL", "")


def test_the_data_directory_is_made_for_this_user_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CROSSDOCK_DATA", str(tmp_path / "of a customer" / "data"))
    assert env.directory("CROSSDOCK_DATA", tmp_path).stat().st_mode & 0o777 == 0o700


def test_every_variable_of_the_table_is_read_somewhere() -> None:
    sources = [
        path.read_text() for folder in ("config", "migrations_app") for path in (ROOT / folder).rglob("*.py") if path.name != "env.py"
    ]
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', "\n".join(sources)))
    assert read == set(env.VARIABLES)


def load(settings: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A fresh interpreter that loads the settings with nothing but these variables."""
    code = "from django.conf import settings as s; print(s.DATABASES['default']['ENGINE'], s.SESSION_COOKIE_SECURE, s.DEBUG)"
    environment = {"DJANGO_SETTINGS_MODULE": settings, **variables}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_production_names_everything_that_is_missing(tmp_path: Path) -> None:
    refused = load("config.settings.production", CROSSDOCK_DATA=str(tmp_path), SECRET_KEY="x")
    assert refused.returncode != 0
    message = refused.stderr.strip().splitlines()[-1]
    assert [name in message for name in ("FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "SECRET_KEY")] == [True] * 4 + [False]
    assert not list(tmp_path.iterdir())


def test_production_starts_with_what_it_needs(tmp_path: Path) -> None:
    started = load(
        "config.settings.production",
        CROSSDOCK_DATA=str(tmp_path),
        SECRET_KEY="x" * 50,
        FIELD_KEYS="k",
        DATABASE_URL="postgresql://crossdock:secret@db.example/crossdock",
        REDIS_URL="redis://redis.example:6379/0",
        ALLOWED_HOSTS="crossdock.example",
    )
    assert started.stdout.split() == ["django.db.backends.postgresql", "True", "False"], started.stderr


def test_development_needs_nothing_and_keeps_its_keys(tmp_path: Path) -> None:
    code = "from django.conf import settings as s; print(s.SECRET_KEY, *s.FIELD_KEYS)"
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "CROSSDOCK_DATA": str(tmp_path)}
    first, second = (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert len(first.split()) == 2
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
