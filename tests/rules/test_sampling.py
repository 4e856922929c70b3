"""A sample in which everything occurs, from one look at all records."""

from migrations_app.rules.sampling import KEPT_EACH, Candidates, cover, fill


def test_the_richest_records_are_taken_first_and_nothing_is_shown_twice() -> None:
    features = {1: frozenset("ab"), 2: frozenset("abcd"), 3: frozenset("e"), 4: frozenset("de")}
    assert cover(features) == [2, 3]


def test_what_is_there_already_need_not_be_shown_again() -> None:
    features = {1: frozenset("ab"), 2: frozenset("c"), 3: frozenset("bc")}
    assert cover(features, there=[1]) == [2]
    assert cover({}, there=[1]) == []


def test_a_thing_that_occurs_once_among_many_is_kept_and_the_rest_is_not() -> None:
    candidates = Candidates(spares=10)
    for record in range(5000):
        candidates.look(record, "deal", f"deal:{record}", ["common", "rare"] if record == 4321 else ["common"])
    assert 4321 in candidates.features
    assert len(candidates.features) == KEPT_EACH + 1
    assert cover(candidates.features) == [4321]
    assert len(candidates.spare()) == 10


def test_the_same_records_make_the_same_sample_in_any_order() -> None:
    spares = []
    for order in (range(100), reversed(range(100))):
        candidates = Candidates(spares=5)
        for record in order:
            candidates.look(record, "deal", f"deal:{record}", [])
        spares.append(candidates.spare())
    assert spares[0] == spares[1]


def test_kinds_take_turns() -> None:
    candidates = Candidates(spares=2)
    for record in range(4):
        candidates.look(record, "deal" if record % 2 else "person", str(record), [])
    assert [record % 2 for record in candidates.spare()] == [0, 1, 0, 1]


def test_filling_takes_whole_families_and_never_more_than_asked_for() -> None:
    assert fill({1}, [2, 3, 4], {2: frozenset({1, 5}), 3: frozenset({6, 7})}, 4) == {1, 2, 5, 4}
    assert fill({1, 2, 3}, [4], {}, 2) == {1, 2, 3}
