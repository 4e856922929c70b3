"""What a later run makes of records that an earlier one wrote."""

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Difference
from migrations_app.services import connecting, retrying, verifying
from tests.ledger.ground import DOMAIN, Ground


def client(ground: Ground) -> Pipedrive:
    return connecting.client_for(ground.account)


def test_a_value_that_changed_unseen_is_reported_but_keeps_no_later_run_open(ground: Ground) -> None:
    ground.load()
    event = ground.link("organization:CO-2").events.get()
    event.sent = event.sent | {"name": "What we meant"}
    event.save()
    run = ground.load()
    assert (run.state, Difference.objects.get(phase__run=run).ours) == ("finished", True)
    assert not verifying.verify_run(run, client(ground), user=ground.user)


def test_deals_that_people_archived_are_there(bare: Ground) -> None:
    ground = bare.stage(deals=("Crane", "Lift", "Dock")).connect()
    ground.load()
    archived, deleted = (record["id"] for record in list(ground.live("deal").values())[:2])
    ground.by_hand("PATCH", f"deals/{archived}", {"is_archived": True})
    ground.by_hand("DELETE", f"deals/{deleted}")
    run = ground.load()
    assert run.state == "finished"
    assert [(each.kind, each.pipedrive_id) for each in Difference.objects.filter(phase__run=run)] == [("gone", str(deleted))]


def test_after_a_retry_of_one_kind_the_others_are_read_back_as_well(bare: Ground) -> None:
    ground = bare.stage(deals=("Crane", "Lift")).connect()
    ground.control.settings(DOMAIN, currencies=["USD"])
    ground.load()
    ground.control.settings(DOMAIN, currencies=["EUR", "USD"])
    again = retrying.retry_refused(ground.account, user=ground.user)
    assert again
    ground.let_go(again)
    run = ground.load_on(again)
    assert [phase.entity for phase in run.phases.all()] == ["deal"]
    company = ground.live()["organization:CO-1"]["id"]
    ground.by_hand("DELETE", f"organizations/{company}")
    assert not verifying.verify_run(run, client(ground), user=ground.user)
    gone = Difference.objects.filter(kind="gone", phase__entity="organization")
    assert [each.pipedrive_id for each in gone] == [str(company)]
