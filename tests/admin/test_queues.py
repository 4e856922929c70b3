"""RQ's pages show arguments of jobs and empty queues: nobody but a superuser comes near them."""

from collections.abc import Callable, Iterator

import django_rq
import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse
from django_rq.models import Dashboard

Desk = Callable[[str], Client]
SOME = {"queue_index": "0", "job_id": "x", "scheduler_index": "0", "key": "x", "scheduler_name": "x", "name": "x", "object_id": "1"}


def addresses() -> Iterator[str]:
    patterns: list[URLPattern] = admin.site.get_model_admin(Dashboard).get_urls()
    for pattern in patterns:
        wanted = pattern.pattern.converters
        try:
            yield reverse(f"admin:{pattern.name}", kwargs={name: SOME.get(name, "0") for name in wanted})
        except NoReverseMatch:
            continue


def test_there_are_pages_to_guard() -> None:
    assert len(list(addresses())) > 10


@pytest.mark.parametrize("who", ["anna", "carl", "sam", "stan"])
def test_everybody_else_is_refused_on_every_address(at_desk: Desk, queues: str, who: str) -> None:
    client = at_desk(who)
    for path in addresses():
        assert client.get(path).status_code == 403, path
        assert client.post(path).status_code == 403, path


def test_visitors_are_refused_as_well(queues: str, db: None) -> None:
    for path in addresses():
        assert Client().get(path).status_code in (302, 403), path


@pytest.mark.django_db(transaction=True)
def test_a_staff_member_cannot_empty_a_queue(at_desk: Desk, queues: str) -> None:
    queue = django_rq.get_queue("default")
    queue.enqueue(print, job_id="stays")
    for index in (0, 1):
        assert at_desk("sam").post(reverse("admin:django_rq_clear", args=[index])).status_code == 403
    assert queue.job_ids == ["stays"]
    assert at_desk("root").post(reverse("admin:django_rq_clear", args=[0])).status_code == 302


def test_a_superuser_sees_the_queues(at_desk: Desk, queues: str) -> None:
    response = at_desk("root").get(reverse("admin:django_rq_dashboard_changelist"))
    assert response.status_code == 200
    assert "default" in response.content.decode()


def test_the_sidebar_offers_them_to_superusers_only(at_desk: Desk, queues: str) -> None:
    path = reverse("admin:django_rq_dashboard_changelist")
    start = reverse("admin:index")
    assert path in at_desk("root").get(start).content.decode()
    assert path not in at_desk("sam").get(start).content.decode()
