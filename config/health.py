"""`/health`: can this host do its work? For monitors and load balancers; needs no log-in and says nothing about the data."""

import logging
from datetime import UTC, datetime
from typing import TypedDict

import django_rq
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError
from rq import Worker

logger = logging.getLogger(__name__)


class Workers(TypedDict):
    workers: int
    heartbeat_age: float | None


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer, else 503. `heartbeat_age` is of the worker heard of last, in seconds; null without one."""
    database, redis = _database_answers(), _redis_answers()
    workers = _workers() if redis else Workers(workers=0, heartbeat_age=None)
    return JsonResponse({"database": database, "redis": redis, **workers}, status=200 if database and redis else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("the database does not answer: %s", error)
        return False
    return True


def _redis_answers() -> bool:
    try:
        return bool(django_rq.get_connection().ping())
    except (RedisError, OSError) as error:
        logger.warning("Redis does not answer: %s", error)
        return False


def _workers() -> Workers:
    heartbeats = [worker.last_heartbeat for worker in Worker.all(connection=django_rq.get_connection()) if worker.last_heartbeat]
    if not heartbeats:
        return Workers(workers=0, heartbeat_age=None)
    newest = max(beat.replace(tzinfo=UTC) for beat in heartbeats)
    return Workers(workers=len(heartbeats), heartbeat_age=round((datetime.now(UTC) - newest).total_seconds(), 1))
