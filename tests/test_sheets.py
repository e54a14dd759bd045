"""What is printed: slips, the day's list and power-cut sheets, made by a worker with nothing from outside."""

import base64
import re
import socket
import sys
import threading
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway
from rq import SimpleWorker
from rq.timeouts import JobTimeoutException

from config.worker import Worker
from notifications import jobs as message_jobs
from tests import cast
from tests.reception import Kind, give, refused
from tests.waiting_room import booked, walk_in
from tokens import jobs, pdf, printing, services, sheets
from tokens.models import Purpose, Queue, Sheet, StandingBlock

pytestmark = pytest.mark.django_db

needs_pango = pytest.mark.skipif(pdf.HTML is None, reason="there is no Pango here: apt-get install libpangoft2-1.0-0")
State = Sheet.State


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were put into the queue, instead of the queue."""
    opened: list[str] = []
    monkeypatch.setattr(sheets, "enqueue_job", lambda job, sheet_id, **_: opened.append(sheet_id))
    return opened


@pytest.fixture
def queue(dr_rao: Any) -> Queue:
    """Dr Rao's day."""
    return cast.queue(doctor=dr_rao)


def asked(queue: Queue, kind: str = Sheet.Kind.DAY, **fields: Any) -> Sheet:
    """A sheet straight in the table."""
    return Sheet.objects.create(clinic=queue.clinic, queue=queue, kind=kind, **fields)


def made(queue: Queue, kind: str = Sheet.Kind.DAY, **fields: Any) -> Sheet:
    sheet = asked(queue, kind, **fields)
    printing.make(str(sheet.pk))
    sheet.refresh_from_db()
    return sheet


def at(name: str, queue: Queue, *rest: Any) -> str:
    return reverse(f"tokens:{name}", args=[queue.clinic.slug, queue.doctor.slug, *rest])


# ── the real renderer ─────────────────────────────────────────────────────────────────────────────────────────
@needs_pango
@pytest.mark.parametrize("kind", list(Sheet.Kind))
def test_every_kind_is_made(queue: Queue, kind: str, reena: Any, asha: Any) -> None:
    booked(queue=queue, patient=asha)
    walk_in(queue=queue, name="ആശ തോമസ്", by=reena)
    numbers = 3 if kind == Sheet.Kind.POWER_CUT else 0
    services.reserve(queue=queue, how_many=3, purpose=Purpose.POWER_CUT, by=reena)
    sheet = made(queue, kind, numbers=numbers)
    assert (sheet.state, sheet.error, sheet.pages) == (State.READY, "", 1)
    assert base64.b64decode(sheet.pdf).startswith(b"%PDF-")


@needs_pango
def test_nothing_is_fetched_and_no_file_of_others_is_read(monkeypatch: Any, queue: Queue) -> None:
    """Neither by a patient's name, nor if a page were written without care."""
    cast.token(queue=queue, patient=cast.patient(name="<img src=file:///etc/passwd>", phone=None))
    cast.token(queue=queue, patient=cast.patient(name="http://127.0.0.1:1/", phone=None))
    html = printing.html_of(asked(queue))
    assert "&lt;img src=file:///etc/passwd&gt;" in html
    careless = html.replace("&lt;", "<").replace("&gt;", ">").replace(
        "</header>", "<img src=http://127.0.0.1:1/x><link rel=stylesheet href=http://127.0.0.1:1/y.css>"
        "<link rel=stylesheet href=ours:../config/settings.py><link rel=stylesheet href=file:///etc/hosts>"
        "<style>@import url(http://127.0.0.1:1/z.css);p{background:url(file:///etc/hostname)}</style></header>",
    )  # fmt: skip
    opened, own = [], threading.get_ident()

    def no_socket(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if opened is not None and event == "open" and threading.get_ident() == own:
            opened.append(str(args[0]))

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(socket, "create_connection", no_socket)
    sys.addaudithook(watch)
    for page in (html, careless):
        pages = pdf.to_pdf(page)[1]
        assert pages == 1
    read, opened = opened, None
    own_places = (sys.prefix, sys.base_prefix, pdf.__file__.removesuffix("tokens/pdf.py") + "static/")
    assert [path for path in read if not path.startswith(own_places)] == []
    assert any(path.endswith("static/sheet.css") for path in read)


@needs_pango
@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "http://127.0.0.1:1/", "https://oozham.example/", "ftp://127.0.0.1/", "ours:oozham.js",
     "ours:nothing.css", "/etc/passwd"],
)  # fmt: skip
def test_an_address_that_is_not_ours_is_refused(address: str) -> None:
    with pytest.raises((ValueError, Exception), match=r"disallowed|No style sheet|Not an absolute"):
        pdf.OwnFiles().fetch(address)


@needs_pango
def test_too_many_pages_are_refused(monkeypatch: Any, queue: Queue, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    monkeypatch.setattr(pdf, "MOST_PAGES", 0)
    sheet = made(queue)
    assert (sheet.state, sheet.error) == (State.FAILED, "That would be 1 pages; up to 0 can be printed.")


def test_without_pango_the_sheet_says_so(monkeypatch: Any, queue: Queue) -> None:
    monkeypatch.setattr(pdf, "HTML", None)
    sheet = made(queue)
    assert sheet.state == State.FAILED
    assert "its Pango library is missing" in sheet.error


# ── never lost ────────────────────────────────────────────────────────────────────────────────────────────────
@needs_pango
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_what_was_asked_for(queue: Queue, reena: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    message_jobs._queue.cache_clear()
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)

    class Here(SimpleWorker, Worker):
        """Our worker, in this process, whose signals stay pytest's."""

        def _install_signal_handlers(self) -> None:
            pass

    line = django_rq.get_queue("default")
    Here([line], connection=line.connection).work(burst=True, logging_level="WARNING")
    sheet.refresh_from_db()
    assert (sheet.state, sheet.pages, sheet.tries) == (State.READY, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_a_sheet_is_asked_for_and_found_by_the_sweep(
    monkeypatch: Any, queue: Queue, reena: Any, asha: Any
) -> None:
    cast.token(queue=queue, patient=asha)

    class Away:
        def enqueue(self, *_: Any, **__: Any) -> None:
            raise RedisAway

    monkeypatch.setattr(message_jobs, "_queue", lambda _: Away())
    monkeypatch.setattr(message_jobs, "_tries_again_at", 0.0)
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)
    assert sheet.state == State.WAITING
    found: list[str] = []
    monkeypatch.setattr(sheets, "enqueue_job", lambda job, sheet_id, **_: found.append(sheet_id))
    assert jobs.sweep_sheets() == 0  # a moment ago: its job may be on its way
    Sheet.objects.update(asked_at=timezone.now() - timedelta(seconds=16))
    assert jobs.sweep_sheets() == 1
    assert found == [str(sheet.pk)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_made_of_what_is_taken_back(doors: list[str], queue: Queue, reena: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    with transaction.atomic():
        sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)
        transaction.set_rollback(True)
    assert doors == []
    assert not Sheet.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_asked_for_twice_it_is_one_sheet(doors: list[str], queue: Queue, reena: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    first, second = (sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena) for _ in range(2))
    assert first == second
    assert doors == [str(first.pk)]


def test_what_fails_three_times_is_given_up(monkeypatch: Any, queue: Queue, caplog: Any) -> None:
    def fails(_: str) -> None:
        raise RuntimeError("Asha Thomas does not fit")

    monkeypatch.setattr(printing, "to_pdf", fails)
    sheet = made(queue)
    assert (sheet.state, sheet.begun_at) == (State.WAITING, None)
    for _ in range(2):
        printing.make(str(sheet.pk))
    sheet.refresh_from_db()
    assert (sheet.state, sheet.tries) == (State.FAILED, 3)
    assert "three times" in sheet.error
    assert "Asha" not in caplog.text


def test_what_takes_too_long_is_given_up(monkeypatch: Any, queue: Queue) -> None:
    def long(_: str) -> None:
        raise JobTimeoutException

    monkeypatch.setattr(printing, "to_pdf", long)
    sheet = made(queue)
    assert (sheet.state, sheet.error) == (State.FAILED, "It took longer than 60 seconds.")


def test_a_worker_that_dies_is_noticed(queue: Queue, doors: list[str], monkeypatch: Any) -> None:
    sheet = asked(queue, asked_at=timezone.now() - timedelta(minutes=5))
    monkeypatch.setattr(transaction, "on_commit", lambda hook, **_: hook())
    for tries in range(1, 4):
        assert sheets.claim(sheet.pk).tries == tries
        assert sheets.claim(sheet.pk) is None  # somebody has it
        assert sheets.sweep() == 0
        Sheet.objects.update(begun_at=timezone.now() - timedelta(seconds=76))
        assert sheets.sweep() == 1
    sheet.refresh_from_db()
    assert sheet.state == State.FAILED
    assert "stopped three times" in sheet.error
    assert doors == [str(sheet.pk)] * 2


def test_a_sheet_is_thrown_away_after_a_day(queue: Queue, doors: list[str]) -> None:
    asked(queue, state=State.FAILED, asked_at=timezone.now() - timedelta(hours=25))
    kept = asked(queue, state=State.FAILED, asked_at=timezone.now() - timedelta(hours=23))
    jobs.sweep_sheets()
    assert list(Sheet.objects.all()) == [kept]


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────
@needs_pango
@pytest.mark.django_db(transaction=True)
def test_reena_asks_for_the_list_and_opens_it(desk: Any, doors: list[str], queue: Queue, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    page = desk.post(at("print", queue), {"kind": "day"}, follow=True).content.decode()
    assert "Being made" in page
    assert 'hx-trigger="every 1s"' in page
    printing.make(doors[0])
    sheet = Sheet.objects.get()
    fragment = desk.get(at("print", queue), {"fragment": "1"}).content.decode()
    assert "hx-trigger" not in fragment
    assert at("sheet", queue, sheet.pk) in fragment
    answer = desk.get(at("sheet", queue, sheet.pk))
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert re.fullmatch(r'inline; filename="lake-clinic-dr-rao-[\d-]+-day\.pdf"', answer["Content-Disposition"])
    assert "no-store" in answer["Cache-Control"]


def test_a_sheet_of_another_doctor_or_clinic_is_not_found(
    desk: Any, queue: Queue, hema: Any, signed_in: Any, lake: Any
) -> None:
    sheet = asked(queue, state=State.READY, pdf="")
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    assert desk.get(at("sheet", queue, sheet.pk)).status_code == 200
    assert desk.get(at("sheet", other, sheet.pk)).status_code == 404
    assert signed_in(hema).get(at("sheet", queue, sheet.pk)).status_code == 404


def test_a_sheet_that_is_not_ready_is_not_found(desk: Any, queue: Queue) -> None:
    assert desk.get(at("sheet", queue, asked(queue).pk)).status_code == 404


def test_a_doctor_prints_for_their_own_queue_only(queue: Queue, rao: Any, lake: Any, signed_in: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    assert signed_in(rao).post(at("print", other), {"kind": "day"}).status_code == 403
    assert signed_in(rao).post(at("print", queue), {"kind": "day"}).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("typed", ["0", "61", "", "many", "-1", "99999"])
def test_a_count_that_makes_no_sense_is_said_and_kept(desk: Any, queue: Queue, typed: str) -> None:
    page = desk.post(at("print", queue), {"kind": "power", "numbers": typed}).content.decode()
    assert "Between 1 and 60 numbers fit on a sheet." in page
    assert f'name="numbers" value="{typed}"' in page
    assert not Sheet.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_without_patients_there_is_nothing_to_print(desk: Any, queue: Queue) -> None:
    page = desk.post(at("print", queue), {"kind": "slips"}).content.decode()
    assert "nothing to print" in page
    with refused("nothing that can be printed"):
        sheets.ask(queue=queue, kind="poster", by=None)


def test_the_page_asks_the_database_no_more_for_many_sheets(
    desk: Any, queue: Queue, django_assert_num_queries: Any, reena: Any
) -> None:
    asked(queue, state=State.FAILED, asked_by=reena)
    with CaptureQueriesContext(connection) as one:
        desk.get(at("print", queue))
    for _ in range(5):
        asked(queue, state=State.READY, pdf="", asked_by=reena)
    with django_assert_num_queries(len(one)):
        desk.get(at("print", queue))


# ── numbers for a power cut ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_a_second_sheet_has_the_numbers_that_are_free_already(doors: list[str], queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=4)
    assert list(queue.reserved.values_list("number", flat=True)) == [2, 3, 4, 5]
    Sheet.objects.all().delete()
    services.issue(queue=queue, patient=cast.patient(phone=None), kind=Kind.WALK_IN, by=reena, reserved=2)
    again = sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=5)
    assert list(queue.reserved.free().values_list("number", flat=True)) == [3, 4, 5, 6, 7]
    fewer = sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=2)
    assert queue.reserved.free().count() == 5
    for sheet, numbers in ((again, [3, 4, 5, 6, 7]), (fewer, [3, 4])):
        html = printing.html_of(sheet)
        kept = html.split('class="kept"')[1]
        assert [int(found) for found in re.findall(r'<th class="n">(\d+)<', kept)] == numbers


@pytest.mark.django_db(transaction=True)
def test_a_sheet_before_the_first_token_leaves_the_first_numbers_to_whom_they_are_always_kept(
    doors: list[str], queue: Queue, reena: Any
) -> None:
    StandingBlock.objects.create(clinic=queue.clinic, doctor=queue.doctor, purpose=Purpose.VIP, size=2)
    sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=2)
    assert list(queue.reserved.values_list("number", "purpose")) == [(1, "vip"), (2, "vip"), (3, "power"), (4, "power")]
    assert give(queue, Kind.WALK_IN).number == 5


@pytest.mark.django_db(transaction=True)
def test_numbers_kept_for_a_guest_are_not_on_a_power_cut_sheet(doors: list[str], queue: Queue, reena: Any) -> None:
    services.reserve(queue=queue, how_many=2, purpose=Purpose.VIP, by=reena)
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=1)
    assert queue.reserved.count() == 3
    kept = printing.html_of(sheet).split('class="kept"')[1]
    assert re.findall(r'<th class="n">(\d+)<', kept) == ["3"]
