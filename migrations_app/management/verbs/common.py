"""What the verbs share: finding the project and the account, and turning what goes wrong into an exit status."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from connectors.errors import ConnectorError
from migrations_app.models import Forbidden, PipedriveAccount, Project, Run, visible_to
from migrations_app.models.access import SYSTEM_USER
from migrations_app.services import estimate
from migrations_app.verbs import FAILED, USAGE, Answer, Call, VerbFailed

ROLES = [str(role) for role in PipedriveAccount.Role]


def acting_user(username: str) -> Any:
    """The user called so; the program's own user is made when it is first needed. Raises VerbFailed (usage)."""
    users = get_user_model()
    if username == SYSTEM_USER:
        user, made = users.objects.get_or_create(username=SYSTEM_USER, defaults={"is_staff": True})
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user
    found = users.objects.filter(username=username).first()
    if found is None:
        raise VerbFailed(f"There is no user called “{username}”.", USAGE)
    return found


def project_of(call: Call) -> Project:
    slug = call.options["project"]
    project = visible_to(call.user, Project.objects.filter(slug=slug)).select_related("audit").first()
    if project is None:
        raise VerbFailed(f"There is no project “{slug}” that {call.user.username} may see.", USAGE)
    return project


def account_of(call: Call, project: Project) -> PipedriveAccount:
    role = call.options["role"]
    account = project.accounts.filter(role=role).select_related("project").first()
    if account is None:
        raise VerbFailed(f"{project} has no {role} account yet: connect one with the verb account.", FAILED)
    return account


def file_of(text: str | Path) -> Path:
    """A file that was named. Raises VerbFailed (usage) where there is none."""
    path = Path(text)
    if not path.is_file():
        raise VerbFailed(f"There is no file {text}.", USAGE)
    return path


def run_of(project: Project, number: int) -> Run:
    run = Run.objects.filter(project=project, pk=number).select_related("account__project", "project", "mapping").first()
    if run is None:
        raise VerbFailed(f"{project} has no run {number}.")
    return run


def typed_counts(text: str) -> dict[str, int] | None:
    """`companies=4200,contacts=12000` as the flag --counts has it; None where nothing was typed. Raises VerbFailed (usage)."""
    try:
        return estimate.read_counts(text) if text else None
    except estimate.UnknownCounts as error:
        raise VerbFailed(f"--counts: {error}", USAGE) from None


def with_project(parser: ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="slug of the project")


def with_account(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--role", required=True, choices=ROLES)


def failing_softly(run: Callable[[Call], Answer], *kinds: type[Exception]) -> Callable[[Call], Answer]:
    """The verb, with its expected exceptions turned into sentences and exit status 1."""

    expected: tuple[type[Exception], ...] = (Forbidden, ConnectorError, *kinds)

    def guarded(call: Call) -> Answer:
        try:
            return run(call)
        except expected as error:
            raise VerbFailed(str(error)) from error

    return guarded
