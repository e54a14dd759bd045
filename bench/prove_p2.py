"""P2: 32 processes at once give tokens in one queue, through the service layer.

Seen to fail with the protection off: OOZHAM_UNPROTECTED=1 reads the queue without its lock, and the numbers collide.
"""

import os
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from unittest.mock import patch
from uuid import UUID

from bench import data
from bench.client import percentile

CLIENTS, EACH = 32, 40
RATE, TAIL = 100, 250  # tokens a second, ms


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    from django.db import connections

    from tokens.models import Queue

    practice, another = data.practices(10, capacity=1)[:2]
    people = [one.patient for one in data.proved(CLIENTS * (EACH + 1))]
    connections.close_all()  # what is forked must not share a connection
    context = get_context("fork")
    barrier, pipes, processes = context.Barrier(CLIENTS), [], []
    for number in range(CLIENTS):
        ours, theirs = context.Pipe(duplex=False)
        mine = people[number::CLIENTS]
        given = (practice.queue, another.queue, mine, barrier, theirs)
        processes.append(context.Process(target=_client, args=given, daemon=True))
        pipes.append(ours)
    for process in processes:
        process.start()
    told = [pipe.recv() if pipe.poll(120) else ([], ["no answer"]) for pipe in pipes]
    for process in processes:
        process.join(5)
    spans, errors = [span for spans, _ in told for span in spans], [error for _, errors in told for error in errors]
    seconds = max((end for _, end in spans), default=0) - min((start for start, _ in spans), default=0)
    rate = len(spans) / seconds if seconds else 0
    tail = percentile([(end - start) * 1000 for start, end in spans] or [0], 0.99)
    wrong = data.wrong([practice.queue])
    last = Queue.objects.values_list("last_number", flat=True).get(pk=practice.queue)
    kept = not errors and last == CLIENTS * EACH and not wrong["duplicates"] and not wrong["gaps"]
    figure = (
        f"{rate:.0f} tokens/s, p99 {tail:.0f} ms, {wrong['duplicates']} duplicates, {wrong['gaps']} queues with gaps"
    )
    if errors:
        figure += f", {len(errors)} errors, the first: {errors[0][:100]}"
    return kept and rate >= RATE and tail <= TAIL, figure


def _client(queue_id: int, another: int, people: Sequence[UUID], barrier: Barrier, pipe: Connection) -> None:
    """One desk in the middle of its day: it has given a token in another queue before, and now gives its patients
    tokens, one after the other."""
    from patients.models import Patient
    from tokens import services
    from tokens.models import Queue, Token

    spans, errors = [], []
    queue = Queue.objects.get(pk=queue_id)
    patients = list(Patient.objects.filter(pk__in=people))
    services.issue(queue=Queue.objects.get(pk=another), patient=patients.pop(), kind=Token.Kind.WALK_IN, by=None)
    if os.environ.get("OOZHAM_UNPROTECTED"):
        patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows).start()
    barrier.wait(60)
    for patient in patients:
        start = time.monotonic()
        try:
            services.issue(queue=queue, patient=patient, kind=Token.Kind.WALK_IN, by=None)
        except Exception as error:
            errors.append(str(error).split("\n", 1)[0])
        else:
            spans.append((start, time.monotonic()))
    pipe.send((spans, errors))
