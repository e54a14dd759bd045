"""What is swept, and how often: `python -m config.cron`.

Each tick only enqueues a sweep by its name. What is due is decided in PostgreSQL, so two of these may run, or none for
an hour. RQ's own `rqcron` would enqueue pickles, which our workers refuse, and gives up when Redis is away.
"""

import logging
import os
import time
from types import FrameType

import django
from redis import RedisError
from rq.cron import CronJob
from rq.exceptions import StopRequested
from rq.utils import now

logger = logging.getLogger(__name__)

SWEEPS = [  # times of day are UTC
    CronJob("messages", func_name="notifications.jobs.sweep", interval=5),
    CronJob("default", func_name="patients.jobs.reopen_codes", interval=60),
    CronJob("default", func_name="patients.jobs.purge_codes", cron="0 20 * * *"),  # 01:30 in Kerala
    CronJob("default", func_name="scheduling.jobs.release_expired_holds", interval=60),
    CronJob("default", func_name="scheduling.jobs.expire_unpaid", interval=60),
    CronJob("default", func_name="scheduling.jobs.sweep_waitlist", interval=60),
    CronJob("default", func_name="scheduling.jobs.remind", interval=60),
    CronJob("default", func_name="tokens.jobs.open_days", interval=60),
    CronJob("default", func_name="tokens.jobs.mark_late", interval=60),
    CronJob("default", func_name="tokens.jobs.tell_near", interval=15),
    CronJob("default", func_name="tokens.jobs.tell_thanks", interval=60),
    CronJob("default", func_name="tokens.jobs.tell_follow_ups", interval=600),
    CronJob("default", func_name="tokens.jobs.sweep_sheets", interval=10),
    CronJob("default", func_name="scheduling.jobs.close_past_conflicts", interval=600),
    CronJob("default", func_name="scheduling.jobs.close_days", interval=600),
    CronJob("default", func_name="scheduling.jobs.close_visits", interval=3600),
    CronJob("default", func_name="scheduling.jobs.archive_days", cron="0 21 * * *"),  # 02:30 in Kerala
    CronJob("default", func_name="scheduling.jobs.make_slots", cron="30 20 * * *"),  # 02:00 in Kerala
    CronJob("default", func_name="scheduling.jobs.reassess_doctors", interval=600),
]
RETRY_SECONDS = 2


def main() -> None:
    """Tick until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django_rq import get_connection, get_queue
    from django_rq.cron import DjangoCronScheduler

    class Ticker(DjangoCronScheduler):
        """RQ's scheduler, shown in its dashboard, which enqueues by name."""

        stopping = False

        def enqueue_jobs(self) -> list[CronJob]:
            due = [sweep for sweep in self.get_jobs() if sweep.should_run()]
            for sweep in due:
                # A sweep that nobody took in time is dropped: the next one does its work.
                get_queue(sweep.queue_name).enqueue(sweep.func_name, ttl=sweep.interval or 3600, result_ttl=60)
                sweep.set_enqueue_time(now())
            return due

        def _request_stop(self, signum: int, frame: FrameType | None) -> None:
            self.stopping = True
            raise StopRequested

    ticker = Ticker(connection=get_connection("default"), logging_level=logging.WARNING)
    ticker.get_jobs().extend(SWEEPS)
    while not ticker.stopping:
        try:
            ticker.start()
        except RedisError as error:
            logger.warning("Redis is away, next try in %s s: %s", RETRY_SECONDS, error)
            try:
                time.sleep(RETRY_SECONDS)
            except StopRequested:
                return


if __name__ == "__main__":
    main()
