import csv
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrations_app import verbs as registry
from migrations_app.models import Project, Question, SourceTable
from migrations_app.services.decisions import merge_roots
from migrations_app.verbs import FAILED, PARTS, USAGE, Call, VerbFailed
from reconciliation import verbs
from reconciliation.models import OrphanedDeal
from reconciliation.services import counting
from tests.reconciliation.conftest import AWKWARD, answers, cluster, member, orphan, owner, question, with_company, with_contact

NOTHING = {"orphans": 0, "owners": 0, "duplicates": 0, "questions": 0, "conflicts": 0}


@pytest.fixture
def decide(project: Project, admin_of: Any) -> Callable[..., dict[str, Any]]:
    """Calls the verb as the command line does."""

    def call(*words: str, user: Any = admin_of) -> dict[str, Any]:
        parser = ArgumentParser(exit_on_error=False)
        verbs.arguments(parser)
        answer = verbs.run(Call(vars(parser.parse_args([project.slug, *words])), user, lambda text: None))
        assert answer.status == 0
        return answer.data

    return call


def test_the_verb_is_registered() -> None:
    assert "decide" in {verb.name for verb in registry.all_verbs()}


def test_nothing_to_answer_is_done(decide: Callable) -> None:
    assert decide("--accept-suggestions") == {"answered": NOTHING, "open": NOTHING, "refused": []}


def test_without_options_nothing_is_answered(decide: Callable, audited: Callable, project: Project) -> None:
    audited(orphans=[with_company()], clusters=[cluster("A", "B")], questions=[question(suggestion="dmy", safe_default="dmy")])
    assert decide()["answered"] == NOTHING


def test_an_option_answers_only_what_it_fits(decide: Callable, audited: Callable, project: Project) -> None:
    audited(orphans=[with_company("OP-1"), with_contact("OP-2"), orphan("OP-3")])
    assert decide("--orphans", "contact") == {
        "answered": NOTHING | {"orphans": 1},
        "open": NOTHING | {"orphans": 2},
        "refused": [],
    }
    assert answers(project, "orphan") == {"OP-1": {"how": "contact"}}


def test_an_option_wins_and_the_others_follow_their_suggestion(decide: Callable, audited: Callable, project: Project) -> None:
    audited(orphans=[with_company("OP-1"), with_contact("OP-2"), orphan("OP-3"), orphan("OP-4", company_text="Lind AB")])
    decide("--orphans", "person", "--accept-suggestions", "--above", "0.7")
    assert answers(project, "orphan") == {"OP-1": {"how": "person"}, "OP-2": {"how": "person"}, "OP-4": {"how": "named"}}


def test_a_suggestion_can_name_a_company_of_the_export(
    decide: Callable, audited: Callable, project: Project, companies: SourceTable
) -> None:
    audited(orphans=[orphan(company_text="O'Hara", similar_key="CO-3", similarity=0.95)])
    decide("--accept-suggestions")
    assert answers(project, "orphan") == {"OP-1": {"how": "parent", "parent": {"source": "CO-3"}}}


def test_parent_by_name_fits_every_deal(decide: Callable, audited: Callable, project: Project, companies: SourceTable) -> None:
    audited(orphans=[with_company("OP-1"), orphan("OP-2")])
    decide("--orphans", f"parent={AWKWARD}")
    chosen = {"how": "parent", "parent": {"source": "CO-3"}}
    assert answers(project, "orphan") == {"OP-1": chosen, "OP-2": chosen}


def test_a_parent_that_fits_several_fails_and_answers_nothing(
    decide: Callable, audited: Callable, project: Project, companies: SourceTable
) -> None:
    audited(orphans=[orphan()], clusters=[cluster("A", "B")])
    with pytest.raises(VerbFailed, match="fits 2 companies") as failure:
        decide("--orphans", "parent=Twin Mills", "--duplicates", "merge")
    assert failure.value.status == FAILED
    assert not project.decisions.exists()


def test_earlier_answers_stay(decide: Callable, audited: Callable, project: Project) -> None:
    audited(orphans=[orphan()])
    decide("--orphans", "skip")
    assert decide("--orphans", "placeholder", "--accept-suggestions")["answered"] == NOTHING
    assert answers(project, "orphan") == {"OP-1": {"how": "skip"}}


@pytest.mark.parametrize(
    ("words", "merged", "open_left"),
    [
        (["--duplicates", "merge"], {"B": "A"}, 1),
        (["--duplicates", "merge", "--accept-suggestions"], {"B": "A"}, 0),
        (["--duplicates", "keep"], {}, 0),
        (["--duplicates", "keep", "--accept-suggestions"], {}, 0),
        (["--accept-suggestions"], {"B": "A"}, 0),
        (["--accept-suggestions", "--above", "0.9"], {"B": "A"}, 1),
        (["--accept-suggestions", "--above", "0.99"], {}, 2),
    ],
)
def test_doubtful_duplicates_are_never_merged(
    decide: Callable, audited: Callable, project: Project, words: list[str], merged: dict, open_left: int
) -> None:
    audited(clusters=[cluster("A", "B"), cluster("C", "D", strength="doubtful")])
    assert decide(*words)["open"]["duplicates"] == open_left
    assert merge_roots(project, "companies") == merged


def test_owners_are_never_invented(decide: Callable, audited: Callable, project: Project) -> None:
    audited(owners=[owner("Sasha", candidates=["a@firm.example", "b@firm.example"]), owner("Nobody")])
    assert decide("--accept-suggestions")["open"]["owners"] == 2
    assert decide("--owners", "fallback=boss@firm.example") == {"answered": NOTHING | {"owners": 2}, "open": NOTHING, "refused": []}
    assert decide("--owners", "fallback=new.boss@firm.example")["open"] == NOTHING
    assert answers(project, "owner") == {"*": {"email": "new.boss@firm.example"}}
    assert decide("--owners", "block")["open"]["owners"] == 2


def test_questions_follow_the_suggestion_else_the_safe_default(decide: Callable, audited: Callable, project: Project) -> None:
    audited(
        questions=[
            question("sure", suggestion="dmy", confidence=0.95),
            question("unsure", suggestion="dmy", confidence=0.5, safe_default="mdy"),
            question("unsure and no default", suggestion="dmy", confidence=0.5),
            question("nothing"),
        ]
    )
    decide("--accept-suggestions", "--above", "0.9")
    assert dict(Question.objects.values_list("subject", "answer")) == {
        "sure": "dmy",
        "unsure": "mdy",
        "unsure and no default": "",
        "nothing": "",
    }


@pytest.mark.parametrize(
    "words",
    [["--orphans", "parent"], ["--orphans", "parent="], ["--orphans", "maybe"], ["--owners", "fallback="], ["--above", "2"]],
)
def test_wrong_flags_are_refused_by_the_parser(decide: Callable, words: list[str]) -> None:
    with pytest.raises(Exception, match="invalid"):
        decide(*words)


def test_a_project_of_others_does_not_exist(decide: Callable, audited: Callable, project: Project) -> None:
    stranger = member(Project.objects.create(name="Other", slug="other"), "stig", "consultant")
    with pytest.raises(VerbFailed) as failure:
        decide("--accept-suggestions", user=stranger)
    assert failure.value.status == USAGE


def test_staff_may_not_answer(decide: Callable, audited: Callable, project: Project) -> None:
    audited(orphans=[orphan()])
    with pytest.raises(VerbFailed) as failure:
        decide("--orphans", "skip", user=member(project, "sam", "staff"))
    assert failure.value.status == FAILED


def test_a_file_that_is_not_there_or_no_workbook(decide: Callable, tmp_path: Path) -> None:
    with pytest.raises(VerbFailed) as failure:
        decide("--file", str(tmp_path / "none.xlsx"))
    assert failure.value.status == USAGE
    (tmp_path / "text.xlsx").write_text("answer,parent")
    with pytest.raises(VerbFailed, match=r"text\.xlsx is no xlsx workbook") as failure:
        decide("--file", str(tmp_path / "text.xlsx"))
    assert failure.value.status == FAILED


def test_the_files_beside_the_findings(audited: Callable, project: Project, tmp_path: Path) -> None:
    audited(
        orphans=[with_company("OP-1"), with_contact("OP-2"), orphan("OP-3", kind="company_not_found_no_contact", company_text="=cmd()")],
        owners=[owner("Mia Berg", email="mia@firm.example", by_object={"deals": 2, "notes": 5}), owner("web-import"), owner("WEB-import")],
        clusters=[cluster("A", "B"), cluster("C", "D", strength="doubtful", object="contacts")],
    )
    assert counting.write_files in PARTS.audit_files
    rows = {path.name: list(csv.reader(path.read_text("utf-8").splitlines())) for path in counting.write_files(project, tmp_path)}
    sure = dict(OrphanedDeal.objects.values_list("source_key", "confidence"))
    assert rows["orphans.csv"] == [
        ["source_id", "kind", "suggestion", "confidence"],
        ["OP-1", "no_company_contact_has_company", "CO-3", str(sure["OP-1"])],
        ["OP-2", "no_company_contact_without_company", "person", str(sure["OP-2"])],
        ["OP-3", "company_not_found_no_contact", "named", str(sure["OP-3"])],
    ]
    assert rows["owners.csv"] == [
        ["text", "rows", "user_email"],
        ["Mia Berg", "7", "mia@firm.example"],
        ["WEB-import", "3", ""],
        ["web-import", "3", ""],
    ]
    assert rows["duplicates.csv"] == [
        ["object", "cluster", "strength", "source_id", "survivor", "reason"],
        ["companies", "1", "same", "A", "A", "same web address"],
        ["companies", "1", "same", "B", "A", "same web address"],
        ["contacts", "2", "doubtful", "C", "C", "same web address"],
        ["contacts", "2", "doubtful", "D", "C", "same web address"],
    ]


def test_cards_count_what_waits(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(orphans=[orphan()], owners=[owner("Nobody")])
    assert [(card.title, card.count, card.urgent) for card in verbs.cards(project, admin_of)] == [
        ("Duplicates", 0, False),
        ("Deals without a company", 1, True),
        ("Owners", 1, True),
        ("Questions", 0, False),
    ]
