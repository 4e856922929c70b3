"""Records that live in Pipedrive already: answered one by one, in bulk and by workbook; two rows are never one record."""

from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from migrations_app.models import Counterpart, Decision, PipedriveAccount, RecordLink
from migrations_app.services import counterparts, decided_losses, decisions
from migrations_app.services.counterparts import Standing
from migrations_app.services.decisions import TooLate
from reconciliation import gates
from reconciliation.counterparts_sheet import CounterpartResource
from reconciliation.resources import import_workbook
from reconciliation.services import existing
from reconciliation.services.answers import CannotAnswer
from reconciliation.sheets import DropDownXLSX
from tests.reconciliation.conftest import AWKWARD

LIST = "admin:migrations_app_counterpart_changelist"


def counterpart(account: PipedriveAccount, key: str, id: str, strength: str = "doubtful", **more: Any) -> Counterpart:
    facts = {"lines": [["Industry", "=Marine", "", True], ["Name", AWKWARD, "Other", False]], "others": []}
    return Counterpart.objects.create(
        project=account.project,
        account=account,
        entity="organization",
        object="companies",
        key=f"organization:{key}",
        source_key=key,
        label=AWKWARD,
        pipedrive_id=id,
        there="=Other",
        strength=strength,
        suggestion="fill",
        confidence=0.7,
        reason="same name",
        facts=facts,
        **more,
    )


def standing(account: PipedriveAccount) -> dict[str, Standing]:
    return {key.removeprefix("organization:"): each for key, each in counterparts.standing(account).items()}


def test_sure_ones_follow_the_rule_and_doubtful_ones_wait(account: PipedriveAccount) -> None:
    counterpart(account, "CO-1", "7", "sure")
    counterpart(account, "CO-2", "8")
    assert standing(account) == {"CO-1": Standing("7", "fill"), "CO-2": Standing(waits=True)}
    account.project.settings = {"existing": "create"}
    assert standing(account) == {"CO-2": Standing(waits=True)}
    assert [each.count for each in gates.counterparts_told(account)] == [1]


def test_an_answer_counts_for_the_record_that_it_was_given_for(account: PipedriveAccount, admin_of: Any) -> None:
    row = counterpart(account, "CO-2", "8")
    existing.answer(account.project, [row], "leave", user=admin_of)
    assert standing(account) == {"CO-2": Standing("8", "leave")}
    assert list(gates.counterparts_told(account)) == []
    row.pipedrive_id = "9"
    counterparts.mirror(account.project, [row])
    assert Counterpart.objects.get().answer == ""


def test_it_is_taken_back_until_the_row_is_on_its_way(account: PipedriveAccount, admin_of: Any) -> None:
    row = counterpart(account, "CO-2", "8")
    existing.answer(account.project, [row], "create", user=admin_of)
    assert existing.take_back(account.project, [row], user=admin_of).answered == 1
    existing.answer(account.project, [row], "create", user=admin_of)
    RecordLink.objects.create(account=account, entity="organization", key="organization:CO-2", state="sending")
    with pytest.raises(TooLate):
        existing.take_back(account.project, [row], user=admin_of)
    assert Decision.objects.filter(undone_at__isnull=True).count() == 1


def test_two_rows_cannot_become_one_record(account: PipedriveAccount, admin_of: Any) -> None:
    first, second = counterpart(account, "CO-1", "8"), counterpart(account, "CO-2", "8")
    with pytest.raises(CannotAnswer):
        existing.answer(account.project, [first, second], "fill", user=admin_of)
    existing.answer(account.project, [first], "fill", user=admin_of)
    with pytest.raises(CannotAnswer):
        existing.answer(account.project, [second], "fill", user=admin_of)
    assert existing.answer(account.project, [second], "create", user=admin_of).answered == 1


def test_the_workbook_comes_back_and_older_versions_are_refused(account: PipedriveAccount, admin_of: Any, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        counterpart(account, f"CO-{number}", str(number))
    book = openpyxl.load_workbook(BytesIO(DropDownXLSX().export_data(CounterpartResource().export())))
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    told = sheet.cell(2, columns["name_in_pipedrive"])
    assert (told.value, told.data_type, sheet.cell(2, columns["filled"]).value) == ("=Other", "s", "Industry")
    sheet.cell(2, columns["answer"]).value = "link"
    sheet.cell(3, columns["answer"]).value = "perhaps"
    book.save(path := tmp_path / "answers.xlsx")
    queue, outcome = import_workbook(account.project, path, user=admin_of)
    assert (queue, outcome.answered, [each.key for each in outcome.refused]) == ("existing", 1, ["CO-2"])
    sheet.cell(2, columns["answer"]).value = "create"
    book.save(path)
    assert import_workbook(account.project, path, user=admin_of)[1].answered == 0
    said = decisions.active(account.project, Decision.Kind.EXISTING, "companies")
    assert said == {"production CO-1": {"how": "fill", "pipedrive_id": "1"}}


def test_the_page_shows_both_sides_and_answers_in_bulk_after_a_confirmation(
    client: Client, account: PipedriveAccount, admin_of: Any
) -> None:
    rows = [counterpart(account, "CO-1", "7"), counterpart(account, "CO-2", "8", "sure", meanwhile=True)]
    client.force_login(admin_of)
    page = client.get(reverse("admin:migrations_app_counterpart_change", args=[rows[0].pk])).content.decode()
    assert AWKWARD not in page
    assert "&lt;b&gt;O&#x27;Hara" in page
    assert "Linking fills Industry, for 5 tokens" in page
    posted = {"action": "bulk_fill", "_selected_action": [str(row.pk) for row in rows]}
    asked = client.post(reverse(LIST), posted).content.decode()
    assert "linking them costs 10 tokens" in asked
    assert not Decision.objects.exists()
    client.post(reverse(LIST), {**posted, "confirmed": "1"})
    assert {row.answer for row in Counterpart.objects.all()} == {"fill"}
    assert not counterparts.open_ones(account.project).exists()


def test_linked_rows_are_among_the_known_losses(account: PipedriveAccount) -> None:
    counterpart(account, "CO-1", "7", "sure")
    counterpart(account, "CO-2", "8")
    [loss] = decided_losses.linked(account.project)
    assert (loss.object, loss.count) == ("companies", 1)
