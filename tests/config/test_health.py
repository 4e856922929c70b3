import django_rq
import pytest
from django.db import DatabaseError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_healthy_host_says_so_without_a_log_in(client: Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "redis": True, "workers": 0, "heartbeat_age": None})


def test_the_worker_heard_of_last_is_told(client: Client) -> None:
    worker = django_rq.get_worker("default")
    worker.register_birth()
    answer = client.get("/health").json()
    assert answer["workers"] == 1
    assert 0 <= answer["heartbeat_age"] < 60


def test_without_redis_the_host_is_not_healthy(client: Client, settings) -> None:
    settings.RQ_QUEUES = {name: {**queue, "URL": "redis://127.0.0.1:1/0"} for name, queue in settings.RQ_QUEUES.items()}
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["redis"]) == (503, False)


def test_without_a_database_the_host_is_not_healthy(client: Client) -> None:
    def down(*args: object) -> None:
        raise DatabaseError("gone")

    with connection.execute_wrapper(down):
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["database"]) == (503, False)


def test_health_cannot_be_posted_to(client: Client) -> None:
    assert client.post("/health").status_code == 405


def test_the_root_leads_to_the_back_office(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"
