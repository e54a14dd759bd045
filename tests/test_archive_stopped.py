"""The archive is stopped, killed, run twice: nothing is lost, and the next run ends the same."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from scheduling import archive, jobs, services
from scheduling.archive import move_days
from scheduling.models import PastSlot
from tests import cast
from tests.clock import IST
from tests.olddays import TODAY, at, fill, kept, run, visit
from tests.racing import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday_noon")]


def doctors(clinic: Any, many: int = 4) -> list[Any]:
    """So many doctors with three old days each."""
    made = [cast.doctor(clinic=clinic, name=f"Anu {chr(65 + n)}") for n in range(many)]
    for doctor in made:
        fill(doctor, range(30, 34))
    return made


def test_a_batch_that_breaks_off_leaves_all_as_it_was_and_the_next_run_ends_the_same(
    lake: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    doctors(lake)
    everything = kept()
    statements = archive._LET_GO
    for broken in range(len(statements) + 1):
        torn = (*statements[:broken], "SELECT 1 / 0 -- the power fails")
        with monkeypatch.context() as context:
            context.setattr(archive, "_LET_GO", torn)
            with pytest.raises(Exception, match="division by zero"):
                run()
        assert kept() == everything
    moved = list(islice(move_days(), 5))  # stopped in the middle of the second day
    assert [(str(day), times) for day, times in moved] == [("2026-10-22", 3)] * 4 + [("2026-10-23", 3)]
    assert PastSlot.objects.count() == 15
    assert run().endswith("21 times of 2 days moved.\n")
    after = kept()
    assert sorted(after["slots"] + after["past"]) == everything["slots"]
    assert {slot[4] for slot in after["slots"]} == {at(30).date()}


def test_ctrl_c_is_answered_with_a_sentence(lake: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    monkeypatch.setattr(archive, "_move", interrupted_after(5, archive._move))
    doctors(lake)
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("archive_days", stdout=out)
    assert stopped.value.code == 130
    assert out.getvalue().splitlines() == [
        "2026-10-22  12 times",
        "Stopped. 15 times of 2 days moved. Nothing is half moved: run this again, and it goes on.",
    ]


def interrupted_after(many: int, move: Any) -> Any:
    """Ctrl-C after so many batches."""
    done: list[int] = []

    def moving(*given: Any) -> int:
        if len(done) == many:
            raise KeyboardInterrupt
        done.append(move(*given))
        return done[-1]

    return moving


def test_the_nightly_run_stops_when_its_time_is_over(lake: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    doctors(lake)
    monkeypatch.setattr(jobs, "ARCHIVING", -1)
    assert jobs.archive_days() == 3
    monkeypatch.setattr(jobs, "ARCHIVING", 90)
    assert jobs.archive_days() == 33
    assert jobs.archive_days() == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_at_once_move_every_time_once(lake: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive, "DOCTORS_AT_A_TIME", 1)
    for doctor in doctors(lake):
        visit(doctor, cast.patient(phone=None), 32)
    before = kept()["slots"]
    moved = at_once(*[lambda: sum(times for _, times in move_days())] * 3)
    assert sum(moved) == 40
    after = kept()
    assert sorted(after["slots"] + after["past"]) == before
    assert len(after["past"]) == 40


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_close_a_visit_once(dr_rao: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("scheduling.services.closing.AT_A_TIME", 1)
    for days in range(1, 9):
        visit(dr_rao, cast.patient(phone=None), days)
    assert sum(at_once(*[services.close_visits] * 3)) == 8


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_killed_command_has_moved_whole_batches_and_the_next_run_does_the_rest(lake: Any) -> None:
    for doctor in doctors(lake, many=2):
        visit(doctor, cast.patient(phone=None), 32)
    before = kept()["slots"]
    killed = start("--pause", "60")
    until = time.monotonic() + 30
    while not PastSlot.objects.exists() and time.monotonic() < until:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    assert killed.returncode == -signal.SIGKILL
    half = kept()
    assert sorted(half["slots"] + half["past"]) == before
    assert {slot[4] for slot in half["past"]} < {at(days).date() for days in (31, 32, 33)}
    stopped = start("--pause", "60")
    while (many := PastSlot.objects.count()) == len(half["past"]) and time.monotonic() < until:
        time.sleep(0.05)
    stopped.send_signal(signal.SIGINT)
    assert "Nothing is half moved" in stopped.communicate(timeout=30)[0]
    assert stopped.returncode == 130
    assert many > len(half["past"])
    run()
    after = kept()
    assert sorted(after["slots"] + after["past"]) == before
    assert {slot[4] for slot in after["slots"]} == {at(30).date()}


def start(*options: str) -> subprocess.Popen[str]:
    """The command in a process of its own, on this test's database; it goes by the real clock."""
    keep = (datetime.now(IST).date() - TODAY).days + 30
    given = connection.get_connection_params()
    address = f"postgresql://{given['user']}@/{given['dbname']}?host={given['host']}&port={given['port']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "archive_days", f"--keep={keep}", *options],
        cwd=Path(__file__).resolve().parent.parent,
        env=os.environ | {"DATABASE_URL": address, "DEBUG": "1"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
