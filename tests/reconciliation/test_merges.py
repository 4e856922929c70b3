import pytest

from reconciliation.services import merges

INTO_A = {"B": {"survivor": "A"}}
APART = {"keep": True}


def test_root_follows_merges_to_their_end() -> None:
    assert merges.root("C", {"C": {"survivor": "B"}, **INTO_A}) == "A"


def test_root_of_a_ring_is_the_same_for_all_its_members() -> None:
    ring = {"A": {"survivor": "B"}, **INTO_A}
    assert [merges.root(key, ring) for key in ("A", "B")] == ["A", "A"]


def test_choosing_another_survivor_turns_the_earlier_merge_round() -> None:
    given = merges.merging(["A", "B"], "B", INTO_A)
    assert given == {"A": {"survivor": "B"}, "B": APART}
    assert merges.root("A", {**INTO_A, **given}) == "B"


def test_a_survivor_that_went_elsewhere_takes_its_members_along() -> None:
    elsewhere = {"A": {"survivor": "Z"}}
    given = merges.merging(["A", "B"], "A", elsewhere)
    assert merges.root("B", {**elsewhere, **given}) == "Z"


def test_merging_over_a_detour_never_makes_a_ring() -> None:
    detour = {"A": {"survivor": "X"}, "X": {"survivor": "B"}}
    said = {**detour, **merges.merging(["A", "B"], "A", detour)}
    assert [merges.root(key, said) for key in ("A", "B", "X")] == ["A", "A", "A"]


def test_keeping_apart_leaves_merges_with_others_alone() -> None:
    assert merges.keeping(["B", "D"], INTO_A) == {"D": APART}


def test_keeping_apart_undoes_a_merge_inside() -> None:
    assert merges.keeping(["A", "B"], INTO_A) == {"A": APART, "B": APART}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, ""),
        (INTO_A, ""),
        ({**INTO_A, "C": {"survivor": "A"}}, "merge"),
        ({"A": APART, "B": APART, "C": APART}, "keep"),
        ({**INTO_A, "C": APART}, "partly"),
        ({"B": {"survivor": "A"}, "C": {"survivor": "B"}}, "merge"),
    ],
)
def test_what_is_said_about_three(answers: dict, said: str) -> None:
    assert merges.said(["A", "B", "C"], answers) == said
