from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import Project
from migrations_app.services.decisions import merge_roots
from reconciliation.models import DuplicateCluster
from reconciliation.services import duplicates
from reconciliation.services.answers import CannotAnswer
from tests.reconciliation.conftest import answers, cluster


def clusters(**lookup: Any) -> list[DuplicateCluster]:
    return list(DuplicateCluster.objects.filter(**lookup))


def said() -> list[tuple[int, str, str, str]]:
    rows = DuplicateCluster.objects.filter(present=True).order_by("position")
    return [(each.size, each.state, each.answer, each.survivor) for each in rows]


def test_same_proposes_to_merge_and_doubtful_to_keep_apart(audited: Callable, project: Project) -> None:
    audited(clusters=[cluster("A", "B"), cluster("C", "D", strength="doubtful")])
    assert [(each.suggestion, each.confidence) for each in clusters()] == [("merge", 0.95), ("keep", 0.6)]


def test_bulk_merge_takes_only_same(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("A", "B"), cluster("C", "D", strength="doubtful")])
    outcome = duplicates.merge(project, clusters(), user=admin_of)
    assert (outcome.answered, len(outcome.refused)) == (1, 1)
    assert merge_roots(project, "companies") == {"B": "A"}
    assert said() == [(2, "answered", "merge", "A"), (2, "open", "", "C")]


def test_a_doubtful_one_is_merged_alone(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("C", "D", strength="doubtful")])
    duplicates.merge(project, clusters(), user=admin_of, survivor="D", doubtful=True)
    assert merge_roots(project, "companies") == {"C": "D"}
    assert said() == [(2, "answered", "merge", "D")]


def test_a_survivor_from_outside_is_refused(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("A", "B")])
    with pytest.raises(CannotAnswer):
        duplicates.merge(project, clusters(), user=admin_of, survivor="Z")
    assert answers(project, "duplicate") == {}


def test_answers_survive_another_order_of_rows(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("A", "B", "C")])
    duplicates.merge(project, clusters(), user=admin_of)
    audited(clusters=[cluster("C", "A", "B")])
    assert said() == [(3, "answered", "merge", "A")]


def test_a_cluster_that_grew_is_open_and_keeps_what_was_said(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("A", "B")])
    duplicates.merge(project, clusters(), user=admin_of)
    audited(clusters=[cluster("A", "B", "C")])
    assert said() == [(3, "open", "", "A")]
    assert [each.changed for each in clusters(present=True)] == [True]
    assert merge_roots(project, "companies") == {"B": "A"}


def test_a_cluster_no_longer_seen_is_not_present(audited: Callable, project: Project) -> None:
    audited(clusters=[cluster("A", "B")])
    audited(clusters=[])
    assert [each.present for each in clusters()] == [False]


def test_keeping_a_doubtful_one_apart_does_not_undo_a_merge_that_shares_a_member(
    audited: Callable, project: Project, admin_of: Any
) -> None:
    audited(clusters=[cluster("A", "B"), cluster("B", "D", strength="doubtful")])
    duplicates.merge(project, clusters(strength="same"), user=admin_of)
    duplicates.keep(project, clusters(strength="doubtful"), user=admin_of)
    assert merge_roots(project, "companies") == {"B": "A"}
    assert said() == [(2, "answered", "merge", "A"), (2, "answered", "keep", "B")]


def test_merges_that_touch_become_one_record(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("A", "B"), cluster("B", "C")])
    duplicates.merge(project, clusters(), user=admin_of)
    assert merge_roots(project, "companies") == {"B": "A", "C": "A"}


def test_taking_back_opens_it_again(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("A", "B", "C")])
    duplicates.merge(project, clusters(), user=admin_of)
    assert duplicates.take_back(project, clusters(), user=admin_of) == 2
    assert said() == [(3, "open", "", "A")]
    assert merge_roots(project, "companies") == {}


def test_companies_and_contacts_do_not_mix(audited: Callable, project: Project, admin_of: Any) -> None:
    audited(clusters=[cluster("1", "2"), cluster("1", "2", object="contacts")])
    duplicates.merge(project, clusters(object="contacts"), user=admin_of)
    assert merge_roots(project, "contacts") == {"2": "1"}
    assert merge_roots(project, "companies") == {}


def test_merging_three_hundred_reads_as_often_as_merging_three(audited: Callable, project: Project, admin_of: Any) -> None:
    def reads(count: int) -> int:
        audited(clusters=[cluster(f"{count}-A{n}", f"{count}-B{n}") for n in range(count)])
        with CaptureQueriesContext(connection) as queries:
            duplicates.merge(project, clusters(present=True), user=admin_of)
        return sum(each["sql"].startswith("SELECT") for each in queries)

    assert reads(3) == reads(200)
