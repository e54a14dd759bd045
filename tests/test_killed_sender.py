"""A process that sends messages is killed in the middle; another asks the provider, and nobody is told twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from bench.killed_sender import POINTS
from notifications import jobs
from notifications.models import Message
from tests import cast
from tests.provider.running import SID, TOKEN, At

ROOT = Path(__file__).resolve().parent.parent


def dies_at(point: str, provider: At) -> int:
    """Let a sender work until it is killed; its exit status."""
    url = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
        "REDIS_URL": configured.REDIS_URL, "DEBUG": "1", "LOG_LEVEL": "ERROR", "KILLED_AFTER": "2",
        "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_SMS_FROM": "OOZHAM",
        "TWILIO_API_URL": provider.address,
    }  # fmt: skip
    jobs.enqueue_job(jobs.sweep)
    return subprocess.run(
        [sys.executable, "-m", "bench.killed_sender", point], cwd=ROOT, env=environment, timeout=60, check=False
    ).returncode


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", sorted(set(POINTS) - {"asking", "woken"}))
def test_a_killed_sender_loses_nobody_and_tells_nobody_twice(provider: At, lake: Any, point: str) -> None:
    phones = [f"+9198470{number:05d}" for number in range(60)]
    for phone in phones:
        cast.news(clinic=lake, to=phone)
    assert dies_at(point, provider) == -signal.SIGKILL
    for _ in range(3):  # the lease is over, the provider has been asked, what it has not is sent
        Message.objects.open().update(due_at=timezone.now())
        jobs.sweep()
    assert sorted(it["to"] for it in provider.accepted()) == phones
    assert set(Message.objects.filter(clinic=lake).values_list("state", flat=True)) == {Message.State.SENT}
