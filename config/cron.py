"""What rq's cron process runs: `manage.py rqcron config.cron`."""

from django.conf import settings
from rq import cron

from migrations_app.jobs import FAILURE_KEPT, digests, tick

INTERVAL = max(1, round(20 * settings.LEDGER_TIME_SCALE))

cron.register(tick, queue_name="tick", interval=INTERVAL, job_timeout=300, result_ttl=0, failure_ttl=FAILURE_KEPT)
cron.register(digests, queue_name="default", cron="0 6 * * *", job_timeout=600, result_ttl=0, failure_ttl=FAILURE_KEPT)
