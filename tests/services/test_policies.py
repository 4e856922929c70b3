"""What a project decides once for all records."""

import json
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from migrations_app.models import Forbidden, Mapping, Project
from migrations_app.services import hypercare, policies, values
from migrations_app.services.since import settings_of
from tests.services.account_ground import mapping, project, root, rule, table

__all__ = ["mapping", "project", "root"]


def test_a_policy_has_its_default_until_somebody_chooses(project: Project, root: User) -> None:
    assert policies.as_dict(project)["old_tasks"] == "done"
    policies.change(project, {"old_tasks": "open", "old_tasks_days": "90"}, user=root)
    project.refresh_from_db()
    assert (policies.value(project, "old_tasks"), policies.value(project, "old_tasks_days")) == ("open", 90)


@pytest.mark.parametrize("given", [{"old_tasks": "burn"}, {"old_tasks_days": "0"}, {"file_limit_mb": "many"}, {"colour": "red"}])
def test_what_is_no_choice_is_refused_and_nothing_changes(project: Project, root: User, given: dict[str, str]) -> None:
    with pytest.raises(policies.BadPolicy):
        policies.change(project, {"outcomes": "type", **given}, user=root)
    project.refresh_from_db()
    assert project.settings == {}


def test_who_may_not_shape_the_map_may_not_decide(project: Project) -> None:
    with pytest.raises(Forbidden):
        policies.change(project, {"outcomes": "type"}, user=User.objects.create_user("guest"))


def test_the_command_line_shows_and_changes_them(project: Project, root: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("crossdock", "settings", project.slug, "--set", "outcomes=type", "--json", "--by", "root")
    assert json.loads(capsys.readouterr().out)["settings"]["outcomes"] == "type"


def test_dispositions_that_join_the_type_become_types_of_the_account(mapping: Mapping, project: Project, root: User) -> None:
    table(project, "activities", ("type", "disposition"), [("Anruf", "Left message"), ("Visit", ""), ("Anruf", "Left message")])
    rule(mapping, "activities", "type", "activity", "type", "activity_type")
    assert values.types_needed(mapping) == ["Task"]
    policies.change(project, {"outcomes": "type"}, user=root)
    mapping.project.refresh_from_db()
    assert values.types_needed(mapping) == ["Call: Left message", "Task"]


def test_how_long_data_is_kept_can_be_set_and_touches_no_record(project: Project, root: User) -> None:
    project.closed_at = datetime(2026, 3, 1, tzinfo=UTC)
    signed, audited = settings_of(project), policies.of_records(project)
    assert hypercare.delete_after(project) == date(2026, 5, 30)
    policies.change(project, {"keep_days": "30"}, user=root)
    assert hypercare.delete_after(project) == date(2026, 3, 31)
    assert (settings_of(project), policies.of_records(project)) == (signed, audited)
    with pytest.raises(policies.BadPolicy, match="whole number of at least 1"):
        policies.change(project, {"keep_days": "0"}, user=root)


def test_call_logs_are_chosen_by_the_project_which_is_told_their_price_and_what_they_cannot_keep(project: Project, root: User) -> None:
    policy = policies.POLICIES["calls"]
    assert all(words in policy.help for words in ("10 tokens instead of 5", "user of the token", "cannot be changed", "six outcomes"))
    assert policies.value(project, "calls") == "activity"
    policies.change(project, {"calls": "log"}, user=root)
    project.refresh_from_db()
    assert policies.value(project, "calls") == "log"
    with pytest.raises(policies.BadPolicy):
        policies.change(project, {"calls": "tape"}, user=root)
