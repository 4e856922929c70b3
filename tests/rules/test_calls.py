"""What a call log says of a call."""

import pytest

from migrations_app.rules.calls import is_done_call, outcome_of, phone_number, values_of
from migrations_app.rules.check import make_issue
from migrations_app.rules.spec import Draft


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Connected", "connected"),
        ("NO ANSWER", "no_answer"),
        ("not connected", "no_answer"),
        ("Left message", "left_message"),
        ("left-message w/ Bob", "left_message"),
        ("Left Voicemail", "left_voicemail"),
        ("Wrong number!", "wrong_number"),
        ("busy", "busy"),
        ("Nicht erreicht", "no_answer"),
        ("Erreicht", "connected"),
        ("Besetzt", "busy"),
        ("Nachricht hinterlassen", "left_message"),
        ("Auf Mailbox gesprochen", "left_voicemail"),
        ("Pas de réponse", "no_answer"),
        ("Occupé", "busy"),
        ("Número equivocado", "wrong_number"),
        ("No contestó", "no_answer"),
        ("Contestó", "connected"),
        ("Numero sbagliato", "wrong_number"),
        ("Geen gehoor", "no_answer"),
        ("Não atendeu", "no_answer"),
        ("Zajęte", "busy"),
        ("Sent a fish", "connected"),
        ("businesslike", "connected"),
        ("", "connected"),
    ],
)
def test_words_for_how_a_call_ended_are_told_in_many_languages(text: str, outcome: str) -> None:
    assert outcome_of([text]) == outcome


def test_a_second_word_counts_where_the_first_says_nothing() -> None:
    assert outcome_of(["Follow up", "busy"]) == "busy"


@pytest.mark.parametrize(("text", "number"), [("+49 30 1234567", "+49 30 1234567"), (" 555-777 ", "555-777"), ("ask Bob", ""), ("110", "")])
def test_a_number_needs_digits(text: str, number: str) -> None:
    assert phone_number(text) == number


def draft(**changed: object) -> Draft:
    return Draft({"type": "Call", "done": True, "due_date": "2024-03-01", "due_time": "23:50", "duration": "00:20", **changed})


def test_only_a_call_that_is_done_and_has_a_moment_can_be_one() -> None:
    assert is_done_call(draft())
    assert is_done_call(draft(type="Call: busy"), "busy")
    assert not is_done_call(draft(type="Call: busy"), "other")
    assert not any(map(is_done_call, (draft(type="Meeting"), draft(done=False), draft(due_time=None), draft(due_date=None))))
    asked = draft()
    asked.issues.append(make_issue("activities", "ambiguous_date", "Start", "1/2/2024"))
    assert not is_done_call(asked)


def test_the_end_may_be_on_the_next_day_and_words_stand_in_the_note_once() -> None:
    values = values_of(
        draft(note="Disposition: Busy &amp; more"), "+49 1", {"Disposition": "Busy & more", "Outcome": "<i>x</i>"}, "Ann & Co"
    )
    assert (values["start_time"], values["end_time"], values["duration"]) == ("2024-03-01 23:50:00", "2024-03-02 00:10:00", "1200")
    assert values["note"] == "Disposition: Busy &amp; more<br>\nOutcome: &lt;i&gt;x&lt;/i&gt;<br>\nCalled by: Ann &amp; Co"
    assert (values["subject"], values["outcome"]) == ("Call", "busy")
