"""What `manage.py rqcron config.cron` keeps doing: the tick that carries every run on (LEDGER.md 6)."""

from django.conf import settings
from rq import cron

from migrations_app.jobs import tick

TICK_SECONDS = 20

cron.register(tick, queue_name="default", interval=max(1, round(TICK_SECONDS * settings.LEDGER_TIME_SCALE)))
