"""Which waits LEDGER_TIME_SCALE shortens, and which are Pipedrive's and stay (LEDGER.md 4)."""

from typing import Any

import pytest

from migrations_app.services import clock


def waits() -> dict[str, float]:
    return {
        "lease": clock.lease(),
        "tick": clock.tick_every(),
        "soft deadline": clock.soft_deadline(),
        "send window": clock.send_window(),
        "settle after": clock.settle_after(),
        "second reading": clock.second_reading_after(),
    }


def test_the_real_waits(settings: Any) -> None:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 1, (5.0, 30.0)
    real = {"lease": 60, "tick": 20, "soft deadline": 540, "send window": 20, "settle after": 35 + 60, "second reading": 30}
    assert waits() == pytest.approx(real)


def test_the_scale_shortens_our_own_waits_and_no_others(settings: Any) -> None:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.1, (5.0, 30.0)
    short = {"lease": 6, "tick": 2, "soft deadline": 54, "send window": 6, "settle after": 35 + 6, "second reading": 3}
    assert waits() == pytest.approx(short)
    pipedrives = (clock.http_timeout(), clock.READ_MARGIN, clock.RESEND_YOUNGER_THAN, clock.NEXT_PROBE, clock.troubled())
    assert pipedrives == (35, 120, 1800, 900, 30)
