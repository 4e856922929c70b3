from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import Forbidden, PipedriveAccount, Project, RecordLink, SourceTable, StagedRecord
from migrations_app.services.decisions import TooLate
from reconciliation.models import OrphanedDeal
from reconciliation.services import orphans
from reconciliation.services.orphans import Pick
from tests.reconciliation.conftest import AWKWARD, answers, member, orphan, with_company, with_contact


def deal(key: str = "OP-1") -> OrphanedDeal:
    return OrphanedDeal.objects.select_related("project").get(source_key=key)


def states() -> dict[str, tuple[bool, str]]:
    return {each.source_key: (each.present, each.state) for each in OrphanedDeal.objects.all()}


def test_the_queue_shows_what_the_audit_saw(audited: Callable, project: Project) -> None:
    audited(orphans=[with_company(value="12300.50", currency="EUR", status="won", pipeline="Sales", label=AWKWARD + "\0")])
    seen = deal()
    assert (seen.label, str(seen.value), seen.currency, seen.status) == (AWKWARD, "12300.500000", "EUR", "won")
    assert (seen.suggestion, seen.confidence, seen.state, seen.present) == ("contact", 0.95, "open", True)


@pytest.mark.parametrize("text", ["", "n/a", "NaN", "Infinity", "9" * 40])
def test_an_amount_that_is_none_is_shown_as_none(audited: Callable, project: Project, text: str) -> None:
    audited(orphans=[orphan(value=text)])
    assert deal().value is None


@pytest.mark.parametrize(
    ("facts", "impossible"),
    [
        (orphan(), {"contact", "person", "named"}),
        (with_contact(), {"contact", "named"}),
        (with_company(), {"named"}),
        (orphan(company_text="Lind AB"), {"contact", "person"}),
    ],
)
def test_answers_that_do_not_fit_are_refused_with_the_reason(
    audited: Callable, project: Project, admin_of: Any, facts: Any, impossible: set[str]
) -> None:
    audited(orphans=[facts])
    refused = {how for how in ("contact", "person", "named", "placeholder", "skip") if deal().why_not(how)}
    assert refused == impossible
    for how in impossible:
        outcome = orphans.answer(project, [deal()], Pick(how), user=admin_of)
        assert (outcome.answered, outcome.refused[0].reason) == (0, deal().why_not(how))
    assert answers(project, "orphan") == {}


def test_bulk_answers_those_it_fits(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(orphans=[with_company("OP-1"), orphan("OP-2"), with_company("OP-3")])
    outcome = orphans.answer(project, list(OrphanedDeal.objects.all()), Pick("contact"), user=admin_of)
    assert (outcome.answered, [each.key for each in outcome.refused]) == (2, ["OP-2"])
    assert answers(project, "orphan") == {"OP-1": {"how": "contact"}, "OP-3": {"how": "contact"}}
    assert (deal().how, deal().answered_by, deal().changed) == ("contact", admin_of, False)


def test_story_re_export_keeps_work(audited: Callable, project: Project, admin_of: Any) -> None:
    """PRACTICE.md 6, story 1, in small."""
    audited(orphans=[orphan("OP-1"), orphan("OP-2"), orphan("OP-3")])
    orphans.answer(project, list(OrphanedDeal.objects.all()), Pick("placeholder"), user=admin_of)
    audited(orphans=[orphan("OP-9", line=1), orphan("OP-3", line=2), orphan("OP-1", line=3)])
    assert states() == {
        "OP-1": (True, "answered"),
        "OP-2": (False, "answered"),
        "OP-3": (True, "answered"),
        "OP-9": (True, "open"),
    }
    assert not OrphanedDeal.objects.filter(changed=True).exists()


def test_an_answer_whose_evidence_changed_is_flagged_until_given_again(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(orphans=[orphan(status="open")])
    orphans.answer(project, [deal()], Pick("skip"), user=admin_of)
    audited(orphans=[with_company(status="open")])
    assert (deal().state, deal().changed) == ("answered", True)
    orphans.answer(project, [deal()], Pick("contact"), user=admin_of)
    assert (deal().state, deal().changed, deal().how) == ("answered", False, "contact")


def test_an_answer_that_no_longer_fits_leaves_the_deal_open(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(orphans=[with_company()])
    orphans.answer(project, [deal()], Pick("contact"), user=admin_of)
    audited(orphans=[orphan()])
    assert (deal().state, deal().changed, deal().how) == ("open", True, "contact")


def test_a_chosen_company_that_left_the_export_leaves_the_deal_open(
    audited: Callable, project: Project, admin_of: Any, companies: SourceTable
) -> None:
    audited(orphans=[orphan()])
    orphans.answer(project, [deal()], Pick("parent", {"source": "CO-3"}), user=admin_of)
    assert (deal().state, deal().parent_label) == ("answered", AWKWARD)
    StagedRecord.objects.filter(key="CO-3").delete()
    audited(orphans=[orphan()])
    assert (deal().state, deal().changed) == ("open", True)


def test_taking_back_restores_what_was_said_before(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(orphans=[orphan()])
    orphans.answer(project, [deal()], Pick("skip"), user=admin_of)
    orphans.answer(project, [deal()], Pick("placeholder"), user=admin_of)
    assert orphans.take_back(project, [deal()], user=admin_of) == 1
    assert (deal().how, deal().state) == ("skip", "answered")
    orphans.take_back(project, [deal()], user=admin_of)
    assert (deal().how, deal().state, deal().version, deal().answered_by) == ("", "open", 0, None)


def test_a_batch_is_taken_back_as_a_batch(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(orphans=[orphan(f"OP-{n}") for n in range(4)])
    orphans.answer(project, [deal("OP-0")], Pick("skip"), user=admin_of)
    orphans.answer(project, list(OrphanedDeal.objects.exclude(source_key="OP-0")), Pick("placeholder"), user=admin_of)
    assert orphans.take_back_batch(deal("OP-2"), user=admin_of) == 3
    assert answers(project, "orphan") == {"OP-0": {"how": "skip"}}


def test_an_answer_on_its_way_cannot_be_taken_back(audited: Callable, project: Project, admin_of: Any, account: PipedriveAccount) -> None:
    audited(orphans=[orphan()])
    orphans.answer(project, [deal()], Pick("skip"), user=admin_of)
    RecordLink.objects.create(account=account, entity="deal", key="deal:OP-1", state="created", pipedrive_id="7")
    with pytest.raises(TooLate):
        orphans.take_back(project, [deal()], user=admin_of)
    assert deal().state == "answered"


def test_staff_connects_and_loads_but_does_not_answer(audited: Callable, project: Project) -> None:
    audited(orphans=[orphan()])
    with pytest.raises(Forbidden):
        orphans.answer(project, [deal()], Pick("skip"), user=member(project, "sam", "staff"))


def test_five_hundred_answers_cost_as_many_statements_as_five(audited: Callable, project: Project, admin_of: Any) -> None:
    """Only the writes grow, by the number of rows that one statement of the database can carry."""

    def reads(count: int) -> int:
        audited(orphans=[orphan(f"OP-{n}") for n in range(count)])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            orphans.answer(project, list(OrphanedDeal.objects.filter(present=True)), Pick("skip"), user=admin_of)
        return sum(each["sql"].startswith("SELECT") for each in queries)

    assert reads(5) == reads(500)


def test_refreshing_reads_as_often_for_one_as_for_five_hundred(audited: Callable, project: Project) -> None:
    def reads(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            audited(orphans=[orphan(f"OP-{n}") for n in range(count)])
        return sum(each["sql"].startswith("SELECT") for each in queries)

    assert reads(1) == reads(500)


@pytest.mark.parametrize(
    ("facts", "how"),
    [
        (with_company(), "contact"),
        (with_contact(), "person"),
        (orphan(status="lost"), "placeholder"),
        (orphan(company_text="Lindgren Boats"), "named"),
        (orphan(company_text="Lindgren Boat", similar_key="CO-9", similarity=0.96), "parent"),
        (orphan(company_text="Lindgren Boat", similar_key="CO-9", similarity=0.6), "named"),
        (with_company(kind="company_not_found_with_contact", company_text="CO-19063"), "contact"),
        (with_contact(kind="company_not_found_with_contact", company_text="CO-19063"), "person"),
        (orphan(company_text="CO-19063"), "placeholder"),
    ],
)
def test_suggestion_fits_the_deal_and_says_why(audited: Callable, project: Project, facts: Any, how: str) -> None:
    audited(orphans=[facts])
    seen = deal()
    assert (seen.suggestion, seen.why_not(how)) == (how, "")
    assert seen.reason
    assert 0 < seen.confidence < 1
