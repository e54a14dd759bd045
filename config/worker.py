"""The RQ worker: reads JSON only, and notices within seconds when a colleague has died."""

from typing import Any

from django.db import connections
from rq import Queue
from rq import Worker as RqWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus


class Worker(RqWorker):
    """An RQ worker with our intervals, in seconds, however it is started."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"serializer": JSONSerializer, "maintenance_interval": 15, "job_monitoring_interval": 5}
        super().__init__(*args, **kwargs)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Messages are sent by this very process: to make another for each costs more than to send it.

        All other jobs have a process of their own, which may be killed when it takes too long.
        """
        if queue.name != "messages":
            connections.close_all()  # what we fork must not share a connection
            super().execute_job(job, queue)
            return
        self.prepare_execution(job)
        self.perform_job(job, queue)
        self.set_state(WorkerStatus.IDLE)
