"""The next step is one that the person who looks can take, where there is any."""

from collections.abc import Callable

import pytest

from migrations_app.admin.guide import Guide, NextStep
from migrations_app.models import Confirmation, HypercareItem, PipedriveAccount, Project, RecordLink, Run, SchemaChange
from migrations_app.models.access import ACTIONS
from migrations_app.services import confirming, cutover, journey
from migrations_app.states import Role
from migrations_app.verbs import Card
from tests.admin import world

pytestmark = pytest.mark.django_db
CARDS = [Card("Duplicates", 5, "groups of records may be one", "/duplicates/", True)]


@pytest.fixture
def project() -> Project:
    return world.empty_project()


@pytest.fixture
def staging(project: Project) -> PipedriveAccount:
    known = {"url": "https://x.pipedrive.com", "company": "1", "company_name": "X", "is_admin": True, "token": world.TOKEN}
    return PipedriveAccount.objects.create(project=project, role="staging", **known)


def of_role(role: Role) -> Callable[[str], bool]:
    return lambda right: role in ACTIONS[right]


def while_decisions_wait(project: Project, role: Role) -> NextStep:
    steps = [journey.Step("reconcile", "Decisions", "Settle what only people can decide.", "now")]
    accounts = list(project.accounts.order_by("-role"))
    return Guide(project, accounts, None, CARDS, steps, of_role(role)).next_step()


def test_who_may_answer_is_led_to_the_first_queue(project: Project) -> None:
    assert while_decisions_wait(project, Role.CUSTOMER_ADMIN).address == "/duplicates/"


def test_staff_goes_on_with_the_rehearsal_while_decisions_wait(project: Project) -> None:
    step = while_decisions_wait(project, Role.STAFF)
    assert (step.label, "That is for the project's consultant or customer admin. Meanwhile:" in step.text) == ("Connect account", True)


@pytest.mark.parametrize(("prepared", "label"), [(False, "Prepare account"), (True, "Plan test run")])
def test_a_first_test_run_waits_for_no_answers(project: Project, staging: PipedriveAccount, prepared: bool, label: str) -> None:
    if prepared:
        SchemaChange.objects.create(account=staging, kind="field", parent="organization", name="Branch", state="done")
    assert while_decisions_wait(project, Role.STAFF).label == label


def test_the_live_account_is_no_place_to_go_on_meanwhile(project: Project, staging: PipedriveAccount) -> None:
    PipedriveAccount.objects.update(role="production")
    assert while_decisions_wait(project, Role.STAFF).label == ""


def after_the_load(project: Project) -> NextStep:
    """Where everything is done, and everything stands in the live account."""
    RecordLink.objects.update(state="verified")
    accounts = list(project.accounts.order_by("-role"))
    return Guide(project, accounts, Run.objects.get(), [], [], of_role(Role.CUSTOMER_ADMIN)).next_step()


def test_reports_come_first_once_pipedrive_is_the_system_of_record_and_not_before() -> None:
    project = world.whole_project()
    HypercareItem.objects.create(project=project, title="The title is wrong")
    assert after_the_load(project).label == "Cutover"
    Confirmation.objects.create(project=project, account=Run.objects.get().account, what=confirming.CUTOVER, items=[])
    step = after_the_load(project)
    assert (step.label, "Pipedrive is the system of record. 1 report to be answered." in step.text) == ("After the go-live", True)


def test_only_a_project_with_a_suppression_list_has_the_step_opt_outs() -> None:
    project = world.whole_project()
    assert "opt_outs" not in [each.step.name for each in cutover.shown(project)]
    project.uploads.get().tables.update(object="suppression")
    assert "opt_outs" in [each.step.name for each in cutover.shown(project)]
