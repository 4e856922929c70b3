from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from migrations_app.admin.actions import ACTIONS
from migrations_app.models import Batch, Mapping, Membership, PipedriveAccount, Project, Question, Run, Upload
from tests.admin import world
from tests.admin.conftest import action, page

Desk = Callable[[str], Client]
# Who may do what; everybody else of the project is refused, strangers see nothing at all.
MAY = {
    "upload": {"carl"},
    "put-in-force": {"carl"},
    "propose": {"carl"},
    "read-map": {"carl"},
    "approve": {"anna", "carl"},
    "audit": {"carl", "sam"},
    "prepare": {"sam"},
    "plan": {"sam"},
    "approve-batches": {"sam"},
    "push": {"sam"},
    "pause": {"sam"},
    "resume": {"sam"},
    "cancel": {"sam"},
    "retry": {"sam"},
    "verify": {"sam", "carl"},
    "look": {"sam", "carl"},
    "filters": {"sam"},
    "suppress": {"sam"},
    "deal-campaigns": {"sam"},
    "foresee-deals-back": {"sam"},
    "deals-back": {"sam"},
    "marketing": {"sam"},
    "consent": {"anna", "sam"},
    "mails": {"anna", "carl", "sam"},
    "foresee-undo": {"sam"},
    "undo": {"sam"},
    "undo-batch": {"sam"},
    "undo-record": {"sam"},
    "foresee-undo-batch": {"sam"},
    "foresee-undo-record": {"sam"},
    "rerun-batch": {"sam"},
    "foresee-correction": {"sam"},
    "correct": {"sam"},
    "test-run": {"sam"},
    "refill": {"sam"},
    "pin": {"anna", "carl"},
    "sign": {"anna"},
    "reject": {"anna"},
    "quiet": {"anna", "sam"},
    "switched-on": {"anna", "sam"},
    "owners": {"anna", "sam"},
    "later": {"anna", "sam"},
    "cutover": {"anna", "sam"},
}
# The queues have tests of their own.
MODELS = [
    each
    for each in admin.site._registry
    if hasattr(each, "PROJECT_PATH") and each._meta.app_label == "migrations_app" and each is not Question
]


def target_of(name: str, project: Project) -> Any:
    run = project.runs.get()
    of_run = {"run": run, "batch": Batch.objects.get(phase__run=run), "record": run.links.get()}
    if ACTIONS[name].on == "upload":
        return project.uploads.filter(state="held").first() or project.uploads.create(name="later.zip", state="held")
    return ({"project": project, "account": project.accounts.get()} | of_run)[ACTIONS[name].on]


def test_every_action_is_in_the_table() -> None:
    assert set(MAY) == set(ACTIONS)


@pytest.mark.parametrize("who", ["anna", "carl", "sam", "stan", "root"])
@pytest.mark.parametrize("name", sorted(MAY))
def test_an_action_is_open_to_its_roles_only(at_desk: Desk, project: Project, name: str, who: str) -> None:
    expected = 404 if who == "stan" else 200 if who in {*MAY[name], "root"} else 403
    path = action(name, target_of(name, project))
    assert at_desk(who).get(path).status_code == expected
    if expected != 200:
        assert at_desk(who).post(path, {"company": world.AWKWARD}).status_code == expected


@pytest.mark.parametrize("name", sorted(MAY))
def test_looking_at_the_confirmation_does_nothing(at_desk: Desk, project: Project, name: str, queues: str) -> None:
    import django_rq

    target = target_of(name, project)
    before = (Mapping.objects.count(), Upload.objects.count(), Run.objects.get().state)
    assert at_desk("root").get(action(name, target)).status_code == 200
    assert (Mapping.objects.count(), Upload.objects.count(), Run.objects.get().state) == before
    assert django_rq.get_queue("default").count == 0


def test_an_action_on_what_belongs_to_another_project_is_not_found(at_desk: Desk, project: Project) -> None:
    other = world.whole_project(2)
    for name in ("propose", "prepare", "pause"):
        foreign = target_of(name, other).pk
        path = reverse("admin:crossdock_action", args=[project.pk, name, foreign])
        assert at_desk("root").post(path).status_code == 404


def test_the_project_page_offers_what_its_reader_may_do(at_desk: Desk, project: Project) -> None:
    project.mappings.update(state="draft")  # an approved one needs no approval
    for who in ("anna", "carl", "sam"):
        text = at_desk(who).get(page(project)).content.decode()
        for name in ("upload", "propose", "approve", "audit", "prepare", "plan", "verify", "retry"):
            assert (action(name, target_of(name, project)) in text) == (who in MAY[name]), (who, name)


@pytest.mark.parametrize("part", ["crossdock_project", "crossdock_live", "crossdock_outlook", "crossdock_tile"])
def test_a_stranger_finds_no_page_of_the_project(at_desk: Desk, project: Project, part: str) -> None:
    path = reverse(f"admin:{part}", args=[project.pk])
    assert at_desk("stan").get(path).status_code == 404
    assert at_desk("anna").get(path).status_code == 200
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_lists_hold_the_rows_of_own_projects_only(at_desk: Desk, project: Project, model: Any) -> None:
    world.whole_project(2)
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    shown = {who: len(at_desk(who).get(path).context["cl"].result_list) for who in ("anna", "stan", "root")}
    assert shown["stan"] == 0
    assert shown["root"] == 2 * shown["anna"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_a_stranger_cannot_open_a_row(at_desk: Desk, project: Project, model: Any) -> None:
    row = model._default_manager.first()
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
    assert at_desk("stan").get(path).status_code == 302
    assert at_desk("anna").get(path).status_code == 200


READ_ONLY = "upload sourcetable stagedrecord mapping finding decision run batch recordlink difference schemachange".split()


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_happened_cannot_be_edited_by_anybody(at_desk: Desk, project: Project, name: str) -> None:
    model = next(each for each in MODELS if each._meta.model_name == name)
    row = model._default_manager.first()
    base = f"admin:migrations_app_{name}"
    root = at_desk("root")
    assert root.post(reverse(f"{base}_change", args=[row.pk]), {}).status_code == 403
    assert root.post(reverse(f"{base}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert root.get(reverse(f"{base}_add")).status_code == 403


def test_only_a_consultant_changes_the_settings(at_desk: Desk, project: Project) -> None:
    path = reverse("admin:migrations_app_project_change", args=[project.pk])
    given = {"name": "Renamed", "timezone": "Europe/Berlin", "country": "de", "currency": "EUR"}
    for who in ("anna", "sam"):
        assert at_desk(who).post(path, given).status_code == 403
    forms = {f"memberships-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    response = at_desk("carl").post(path, given | forms)
    assert response.status_code == 302, response.context["adminform"].form.errors
    project.refresh_from_db()
    assert (project.name, project.country) == ("Renamed", "DE")


def test_whoever_may_not_change_the_settings_reads_what_was_decided(at_desk: Desk, project: Project) -> None:
    project.settings["existing"] = "leave"
    project.save(update_fields=["settings"])
    for who in ("anna", "sam"):
        shown = at_desk(who).get(reverse("admin:migrations_app_project_change", args=[project.pk])).content.decode()
        assert "Records that live in Pipedrive already" in shown
        assert "Link them and leave their values" in shown
        assert "Policy " not in shown


def test_nobody_gives_a_role_to_themselves(at_desk: Desk, project: Project, people: dict[str, Any]) -> None:
    mine = Membership.objects.get(user=people["carl"])
    given = {"name": "x", "timezone": "", "country": "", "currency": "", "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1"}
    given |= {"memberships-0-id": mine.pk, "memberships-0-project": project.pk, "memberships-0-role": "staff"}
    at_desk("carl").post(reverse("admin:migrations_app_project_change", args=[project.pk]), given)
    mine.refresh_from_db()
    assert mine.role == "consultant"


def test_a_superuser_gives_and_takes_roles_and_the_group_follows(at_desk: Desk, project: Project, people: dict[str, Any]) -> None:
    given = {"name": "x", "timezone": "", "country": "", "currency": "", "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0"}
    given |= {"memberships-0-project": project.pk, "memberships-0-user": people["stan"].pk, "memberships-0-role": "staff"}
    response = at_desk("root").post(reverse("admin:migrations_app_project_change", args=[project.pk]), given)
    assert response.status_code == 302
    assert project.memberships.get(user=people["stan"]).role == "staff"
    assert list(people["stan"].groups.values_list("name", flat=True)) == ["staff"]
    given |= {
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": project.memberships.get(user=people["stan"]).pk,
        "memberships-0-DELETE": "on",
    }
    assert at_desk("root").post(reverse("admin:migrations_app_project_change", args=[project.pk]), given).status_code == 302
    assert not people["stan"].groups.exists()


def test_people_of_the_firm_start_projects_and_customers_do_not(at_desk: Desk, project: Project, people: dict[str, Any]) -> None:
    path = reverse("admin:migrations_app_project_add")
    given = {"name": "Harbour", "slug": "harbour", "source": "results", "timezone": "Europe/Berlin", "country": "DE", "currency": "EUR"}
    assert at_desk("anna").post(path, given).status_code == 403
    assert at_desk("stan").post(path, given).status_code == 403
    assert at_desk("carl").post(path, given).status_code == 302
    assert Project.objects.get(slug="harbour").memberships.get().user == people["carl"]


def test_a_setting_that_no_transform_could_use_is_an_error_on_the_form(at_desk: Desk, project: Project) -> None:
    given = {"name": "Harbour", "slug": "harbour", "source": "results", "timezone": "Mars/Olympus", "country": "DE", "currency": "EUR"}
    response = at_desk("carl").post(reverse("admin:migrations_app_project_add"), given)
    assert "is no time zone" in response.content.decode()
    assert not Project.objects.filter(slug="harbour").exists()


def test_only_staff_sees_a_form_on_an_account(at_desk: Desk, project: Project) -> None:
    path = reverse("admin:migrations_app_pipedriveaccount_change", args=[PipedriveAccount.objects.get().pk])
    for who, offered in (("sam", True), ("carl", False), ("anna", False)):
        assert (b'name="api_token"' in at_desk(who).get(path).content) == offered


def test_users_and_groups_are_for_superusers(at_desk: Desk, project: Project) -> None:
    for name in ("auth_user_changelist", "auth_group_changelist", "auth_user_add"):
        path = reverse(f"admin:{name}")
        assert at_desk("sam").get(path).status_code == 403
        assert at_desk("root").get(path).status_code == 200
