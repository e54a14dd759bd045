"""The RQ worker: reads JSON only, and notices within seconds when a colleague has died."""

from typing import Any

from rq import Worker as RqWorker
from rq.serializers import JSONSerializer


class Worker(RqWorker):
    """An RQ worker with our intervals, in seconds, however it is started."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"serializer": JSONSerializer, "maintenance_interval": 15, "job_monitoring_interval": 5}
        super().__init__(*args, **kwargs)
