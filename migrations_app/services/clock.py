"""The clocks and waits of LEDGER.md, all in one place. LEDGER_TIME_SCALE shortens ours for tests, never Pipedrive's."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

READ_MARGIN = 120.0  # how far before the oldest intent a settling pass begins to read
RESEND_YOUNGER_THAN = 30 * 60.0
JOB_TIMEOUT = 900
NEXT_PROBE = 900.0  # how often a company whose day is spent is asked whether a new one has begun


def db_now() -> datetime:
    """The database server's clock; the same for all workers of one installation."""
    if connection.vendor != "postgresql":
        return timezone.now()  # SQLite has no clock of its own: one host, one clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def scaled(seconds: float) -> float:
    return seconds * settings.LEDGER_TIME_SCALE


def send_window() -> float:
    """How long after its intent a request may still be started."""
    return max(scaled(20), 6.0)


def lease() -> float:
    return scaled(60)


def http_timeout() -> float:
    """After this nobody waits for an answer any more. Never scaled: it is Pipedrive's time, not ours."""
    return float(sum(settings.PIPEDRIVE_TIMEOUT))


def settle_after() -> float:
    """How long after `send_before` a link may be looked for: the server's own time-out, then some."""
    return http_timeout() + scaled(60)


def second_reading_after() -> float:
    return scaled(30)


def troubled() -> float:
    """How long a run waits when Pipedrive cannot be reached, or fails with everything. Never scaled, as no backing off is."""
    return float(settings.PIPEDRIVE_PAUSE)


def abandoned_after() -> float:
    """A job in the hands of a worker that gave no sign of life for a lease and a half."""
    return 1.5 * lease()


def tick_every() -> float:
    return scaled(20)


def soft_deadline() -> float:
    return scaled(JOB_TIMEOUT * 0.6)
