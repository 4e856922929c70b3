"""What the measured processes stand on: a database, a project, an account in a sandbox."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command

from connectors.sandbox import launch
from migrations_app.models import PipedriveAccount, Project
from migrations_app.services import approving, connecting, intake, prepare, proposing
from tests.benchmarks.measuring import ROOT

FALLBACK = "admin@target.example"


def project() -> Project:
    """A fresh database (where it was used before, emptied) with one project. Migrating is an installation's, not the load's: apart."""
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
    call_command("flush", verbosity=0, interactive=False)
    User.objects.create_superuser("root")
    return Project.objects.create(name="Bench", slug="bench", source="results", timezone="Europe/Berlin", country="DE", currency="EUR")


def root() -> Any:
    return User.objects.get(username="root")


def staged(path: Path, made: Project) -> Project:
    intake.take_in(made, path, kind="full", user=root())
    return made


def mapped(path: Path) -> Project:
    """A project with the rows of `path` in it and an approved map."""
    made = staged(path, project())
    proposing.propose_map(made, user=root())
    approving.approve(made, user=root())
    return made


def allow(*addresses: str) -> None:
    """Requests to these, without limits on our side."""
    settings.PIPEDRIVE_LIMITS = False
    settings.PIPEDRIVE_EXTRA_HOSTS = [urlsplit(each).netloc for each in addresses if each]


def connected(made: Project, sandbox: str, url: str = "") -> PipedriveAccount:
    """A prepared staging account in the sandbox at that address, without limits on either side."""
    allow(sandbox, url)
    people = [{"name": "Admin", "email": FALLBACK, "is_admin": True}]
    company = launch.control(sandbox).create_account(
        "Target", domain="target", users=people, plan="ultimate", seats=50, limits={"budget": False, "window": False}
    )
    token = company["users"][0]["token"]
    account = connecting.attach(made, role="staging", url=sandbox, token=token, plan="ultimate", seats=50, user=root())
    prepare.prepare(account, user=root())
    return account
