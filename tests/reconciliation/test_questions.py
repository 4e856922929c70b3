from collections.abc import Callable
from typing import Any

from migrations_app.models import Project, Question
from migrations_app.services.decisions import answer_question, question_answers
from reconciliation.services import questions
from tests.reconciliation.conftest import question


def one(subject: str = "deals:close_date") -> Question:
    return Question.objects.get(subject=subject)


def test_answers_stay_when_the_question_is_asked_again(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(questions=[question(rows=3)])
    answer_question(one(), "dmy", user=admin_of)
    audited(questions=[question(rows=8, suggestion="mdy")])
    assert (one().answer, one().rows, one().suggestion, one().present) == ("dmy", 8, "mdy", True)


def test_a_question_no_longer_asked_is_not_present(audited: Callable, project: Project) -> None:
    audited(questions=[question()])
    audited(questions=[question("deals:won_date")])
    assert (one().present, one("deals:won_date").present) == (False, True)


def test_an_answer_that_is_no_choice_any_more_opens_the_question(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(questions=[question()])
    answer_question(one(), "dmy", user=admin_of)
    audited(questions=[question(choices=[("ymd", "year first")])])
    assert one().answer == ""


def test_many_are_answered_at_once_and_taken_back_at_once(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(questions=[question("a", suggestion="dmy"), question("b", suggestion="mdy", object="contacts"), question("c")])
    outcome = questions.take_suggestions(project, list(Question.objects.order_by("subject")), user=admin_of)
    assert (outcome.answered, [each.key for each in outcome.refused]) == (2, ["c"])
    assert question_answers(project, "date_order") == {("deals", "a"): "dmy", ("contacts", "b"): "mdy"}
    assert questions.take_back(project, list(Question.objects.all()), user=admin_of) == 2
    assert set(Question.objects.values_list("answer", flat=True)) == {""}


def test_what_is_none_of_the_choices_is_refused(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(questions=[question()])
    outcome = questions.answer_each(project, [(one(), "ymd")], user=admin_of)
    assert (outcome.answered, outcome.refused[0].reason) == (0, "“ymd” is none of its choices")


def test_an_answer_whose_question_says_something_else_now_is_flagged(audited: Callable, project: Project, admin_of: Any) -> None:
    asked = {"kind": "bad_amount", "text": "The amount of OP-1 says “abc”."}
    audited(questions=[question(**asked)])
    questions.answer_each(project, [(one(), "dmy")], user=admin_of)
    audited(questions=[question(**asked, rows=9)])
    assert (one().answer, one().changed) == ("dmy", False)
    audited(questions=[question(**asked | {"text": "The amount of OP-1 says “xyz”."})])
    assert (one().answer, one().changed) == ("dmy", True)
    questions.answer_each(project, [(one(), "mdy")], user=admin_of)
    assert one().changed is False
