"""What rq's cron process runs: `manage.py rqcron config/cron.py`."""

from django.conf import settings
from rq import cron

from migrations_app.jobs import tick

cron.register(tick, queue_name="default", interval=max(1, round(20 * settings.LEDGER_TIME_SCALE)), job_timeout=120)
