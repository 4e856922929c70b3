from collections.abc import Callable
from typing import Any

from migrations_app import gates
from migrations_app.models import PipedriveAccount, Project
from reconciliation.models import OrphanedDeal
from reconciliation.services import orphans, owners
from reconciliation.services.orphans import Pick
from tests.reconciliation.conftest import orphan, owner

OURS = ("owners", "orphans")


def missing(account: PipedriveAccount) -> dict[str, list[tuple[str, int]]]:
    return {gate.name: [(each.what, each.count) for each in gate.missing] for gate in gates.closed(account, OURS)}


def test_nothing_to_decide_opens_both(audited: Callable, account: PipedriveAccount) -> None:
    audited(owners=[owner("Mia", email="MIA@firm.example")])
    assert missing(account) == {}


def test_staging_waits_for_neither(audited: Callable, account: PipedriveAccount) -> None:
    audited(orphans=[orphan()], owners=[owner("Nobody")])
    account.role = "staging"
    assert missing(account) == {}


def test_deals_wait_for_their_answers(audited: Callable, project: Project, account: PipedriveAccount, admin_of: Any) -> None:
    audited(orphans=[orphan("OP-1"), orphan("OP-2")])
    [gate] = gates.closed(account, OURS)
    assert [(each.count, each.where) for each in gate.missing] == [(2, f"/admin/reconciliation/orphaneddeal/?project={project.pk}")]
    orphans.answer(project, list(OrphanedDeal.objects.all()), Pick("placeholder"), user=admin_of)
    assert missing(account) == {}


def test_a_deal_fixed_in_the_source_keeps_nothing_shut(audited: Callable, account: PipedriveAccount) -> None:
    audited(orphans=[orphan()])
    audited(orphans=[])
    assert missing(account) == {}


def test_owners_wait_for_an_active_user(audited: Callable, account: PipedriveAccount) -> None:
    audited(owners=[owner("Mia", email="mia@firm.example"), owner("Gone", email="gone@firm.example"), owner("Nobody")])
    assert missing(account) == {
        "owners": [
            ("owners without a user: “Nobody”", 1),
            (f"owners whose user is not active in {account}: “gone@firm.example”", 1),
        ]
    }


def test_authors_of_notes_alone_keep_nothing_shut(audited: Callable, account: PipedriveAccount) -> None:
    audited(owners=[owner("Nobody", by_object={"notes": 4, "activities": 0, "deals": 0})])
    assert missing(account) == {}
    audited(owners=[owner("Nobody", by_object={"notes": 4, "activities": 2, "deals": 0})])
    assert missing(account) == {"owners": [("owners without a user: “Nobody”", 1)]}


def test_the_rule_for_all_others_opens_it_only_with_an_active_user(
    audited: Callable, project: Project, account: PipedriveAccount, admin_of: Any
) -> None:
    audited(owners=[owner("Nobody"), owner("Gone", email="gone@firm.example")])
    owners.set_fallback(project, "gone@firm.example", user=admin_of)
    assert missing(account)["owners"] == [
        (f"the user who takes all other owners, gone@firm.example, is no active user of {account}", 1),
        (f"owners whose user is not active in {account}: “gone@firm.example”", 1),
    ]
    owners.set_fallback(project, "mia@firm.example", user=admin_of)
    assert missing(account) == {}


def test_block_keeps_it_shut_until_each_has_a_user(audited: Callable, project: Project, account: PipedriveAccount, admin_of: Any) -> None:
    from reconciliation.models import OwnerMatch

    audited(owners=[owner("Nobody")])
    owners.set_fallback(project, None, user=admin_of)
    assert missing(account) == {"owners": [("owners without a user: “Nobody”", 1)]}
    owners.assign(project, list(OwnerMatch.objects.all()), "mia@firm.example", user=admin_of)
    assert missing(account) == {}


def test_an_account_nobody_has_looked_into_stays_shut(audited: Callable, account: PipedriveAccount) -> None:
    audited(owners=[owner("Mia", email="mia@firm.example")])
    account.schema = {}
    assert missing(account) == {"owners": [("the users of the account have not been read yet", 1)]}


def test_whom_the_rule_for_all_others_covers_is_not_called_an_owner_without_a_user(
    audited: Callable, project: Project, account: PipedriveAccount, admin_of: Any
) -> None:
    audited(owners=[owner("Nobody")])
    owners.set_fallback(project, "mia@firm.example", user=admin_of)
    account.schema = {}
    assert missing(account) == {"owners": [("the users of the account have not been read yet", 1)]}
