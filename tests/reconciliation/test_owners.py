from collections.abc import Callable
from typing import Any

import pytest

from migrations_app.models import Project
from reconciliation.models import OwnerMatch
from reconciliation.services import owners
from reconciliation.services.answers import CannotAnswer
from tests.reconciliation.conftest import answers, owner

SEEN = [
    owner("Mia Berg", email="mia@firm.example"),
    owner("Former Colleague", by_object={"deals": 3, "activities": 1}),
    owner("Sasha Okafor", candidates=["sasha@firm.example", "s.okafor@firm.example"]),
]


def states() -> dict[str, tuple[str, str]]:
    return {each.text: (each.state, each.user_email) for each in OwnerMatch.objects.all()}


def one(text: str) -> OwnerMatch:
    return OwnerMatch.objects.get(text=text)


def test_an_exact_match_needs_no_person(audited: Callable, project: Project) -> None:
    audited(owners=SEEN)
    assert states() == {
        "Mia Berg": ("matched", "mia@firm.example"),
        "Former Colleague": ("open", ""),
        "Sasha Okafor": ("open", ""),
    }
    assert answers(project, "owner") == {}
    assert one("Former Colleague").rows == 4


def test_spellings_of_one_owner_are_one_row(audited: Callable, project: Project) -> None:
    first, second = (
        owner("Web Import", by_object={"deals": 2}, open_rows=2),
        owner("WEB IMPORT", by_object={"deals": 1, "notes": 4}, closed_rows=1),
    )
    audited(owners=[first, second])
    [row] = OwnerMatch.objects.all()
    assert (row.text, row.rows, row.by_object, row.open_rows, row.closed_rows) == ("Web Import", 7, {"deals": 3, "notes": 4}, 2, 1)


def test_a_chosen_user_counts_for_the_text(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(owners=SEEN)
    owners.assign(project, [one("Former Colleague"), one("Mia Berg")], "Lea@firm.example", user=admin_of)
    assert answers(project, "owner") == {
        "former colleague": {"email": "Lea@firm.example"},
        "mia berg": {"email": "Lea@firm.example"},
    }
    assert states()["Mia Berg"] == ("answered", "Lea@firm.example")


def test_the_rule_for_all_others_covers_those_without_an_own_answer(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(owners=SEEN)
    owners.assign(project, [one("Sasha Okafor")], "sasha@firm.example", user=admin_of)
    assert owners.set_fallback(project, "boss@firm.example", user=admin_of).answered == 1
    audited(owners=[*SEEN, owner("Somebody New")])
    assert states() == {
        "Mia Berg": ("matched", "mia@firm.example"),
        "Former Colleague": ("answered", "boss@firm.example"),
        "Sasha Okafor": ("answered", "sasha@firm.example"),
        "Somebody New": ("answered", "boss@firm.example"),
    }


def test_block_opens_what_the_rule_had_covered(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(owners=SEEN)
    owners.set_fallback(project, "boss@firm.example", user=admin_of)
    owners.set_fallback(project, None, user=admin_of)
    assert answers(project, "owner") == {"*": {"block": True}}
    assert states()["Former Colleague"] == ("open", "")


def test_the_same_rule_again_is_no_new_decision(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(owners=SEEN)
    assert owners.set_fallback(project, "boss@firm.example", user=admin_of).answered == 2
    assert owners.set_fallback(project, "boss@firm.example", user=admin_of).answered == 0
    assert project.decisions.count() == 1


def test_taking_back_an_own_answer_falls_back_to_the_rule(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(owners=SEEN)
    owners.set_fallback(project, "boss@firm.example", user=admin_of)
    owners.assign(project, [one("Former Colleague")], "lea@firm.example", user=admin_of)
    owners.take_back(project, [one("Former Colleague")], user=admin_of)
    assert (one("Former Colleague").user_email, one("Former Colleague").by_fallback) == ("boss@firm.example", True)
    owners.take_back_fallback(project, user=admin_of)
    assert states()["Former Colleague"] == ("open", "")


@pytest.mark.parametrize("text", ["", "boss", "boss@", "a b@firm.example"])
def test_what_is_no_address_is_refused(audited: Callable, project: Project, admin_of: Any, text: str) -> None:
    audited(owners=SEEN)
    with pytest.raises(CannotAnswer):
        owners.set_fallback(project, text, user=admin_of)
    assert answers(project, "owner") == {}


def test_an_answer_is_flagged_when_the_source_now_knows_the_user(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(owners=SEEN)
    owners.assign(project, [one("Former Colleague")], "lea@firm.example", user=admin_of)
    audited(owners=[owner("Former Colleague", email="fc@firm.example")])
    assert (one("Former Colleague").changed, one("Former Colleague").user_email) == (True, "lea@firm.example")


def test_offered_addresses_are_candidates_and_active_users(audited: Callable, project: Project, account: Any) -> None:
    audited(owners=SEEN)
    assert owners.known_emails(project, one("Sasha Okafor")) == ["sasha@firm.example", "s.okafor@firm.example", "Mia@firm.example"]
