"""What an attacker, or bad luck, tries: each ends in one clear answer, and nothing is half-written."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from socket import create_server
from typing import Any

import pytest
from django.test import Client, RequestFactory
from redis import Redis
from rq import Queue as Jobs

from clinics.models import Clinic
from clinics.shedding import address_of, network_of
from doctors.models import Doctor
from notifications import jobs, outbox
from notifications.channels import Accepted
from notifications.models import Message
from patients.models import Challenge
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Hold
from tests import cast
from tests.clock import clock_at
from tokens import screens
from tokens.models import Board

pytestmark = pytest.mark.django_db

DOCTOR = "/c/lake-clinic/dr-rao/"


# ── what nobody types ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def stranger() -> Client:
    """A browser that gets the server's own answer to an error."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("address", ["/in/%00/", "/?q=%00", f"{DOCTOR}?day=%00", "/in/%ff/", "/in/%ed%a0%80/"])
def test_an_address_that_is_no_text_is_the_askers_mistake(stranger: Client, dr_rao: Doctor, address: str) -> None:
    assert stranger.get(address, follow=True).status_code in (200, 400, 404)


def test_a_cookie_that_is_no_text_is_the_askers_mistake(stranger: Client, lake: Clinic) -> None:
    answer = stranger.get("/me/", headers={"cookie": r'sessionid="\000aaaaaaaaaaaaaaaaaaaaa"'})
    assert answer.status_code == 400
    assert "Nothing was saved" in answer.content.decode()


def test_nor_does_the_desk_fall_over_it(
    dr_rao: Doctor, asha: Any, reena: Any, signed_in: Callable[[Any], Client]
) -> None:
    number = cast.token(queue=cast.queue(doctor=dr_rao), patient=asha).number
    desk = signed_in(reena)
    assert desk.post(f"/desk/lake-clinic/dr-rao/{number}/cancel/", {"why": "ill\0"}).status_code == 400
    assert desk.get("/desk/lake-clinic/dr-rao/99999999999999999999/").status_code == 404


# ── who asks ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_ipv4_address_in_ipv6_clothes_is_not_everybodys() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="::ffff:203.0.113.9")
    assert (address_of(request), network_of(request)) == ("203.0.113.9", "203.0.113.9")
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="fe80::1%eth0")) == "fe80::1"


def test_a_household_cannot_ask_for_more_codes_by_changing_its_ipv6_address(lake: Clinic) -> None:
    for at in range(61):
        address = f"2001:db8:0:1::{at:x}"
        page = Client(REMOTE_ADDR=address).post("/phone/", {"phone": f"98470{at:05d}"}, follow=True)
    assert "Too many codes were asked for from your network" in page.content.decode()
    assert Challenge.objects.count() == 60


def test_a_doctor_does_not_cancel_in_a_colleagues_line(
    lake: Clinic, rao: Any, asha: Any, signed_in: Callable[[Any], Client]
) -> None:
    other = cast.doctor(clinic=lake, name="Anil Das")
    token = cast.token(queue=cast.queue(doctor=other), patient=asha)
    assert signed_in(rao).post(f"/desk/lake-clinic/dr-das/{token.number}/cancel/").status_code == 403
    token.refresh_from_db()
    assert token.state == "booked"


def test_a_first_tap_that_comes_twice_keeps_one_hold(dr_rao: Doctor) -> None:
    """Before the first answer there is no session: the page's own cookie says that it is one browser."""
    slot, page = cast.slot(doctor=dr_rao), Client()
    page.get(DOCTOR)
    taps = [Client(), Client()]
    for tap in taps:
        tap.cookies["csrftoken"] = page.cookies["csrftoken"].value
    first, second = (tap.post(f"{DOCTOR}hold/", {"slot": slot.pk}).headers["Location"] for tap in taps)
    assert first == second == f"/book/{Hold.objects.get().pk}/"


# ── what time has overtaken ───────────────────────────────────────────────────────────────────────────────────
def test_confirming_when_the_hold_and_its_time_are_both_over_says_so(dr_rao: Doctor, asha: Any) -> None:
    with clock_at("2026-11-24 10:15") as clock:
        slot = cast.slot(doctor=dr_rao, starts_at=clock.now + timedelta(minutes=5), capacity=2)
        held, _other = (services.hold(slot=slot, browser=browser) for browser in ("a", "b"))
        clock.pass_(minutes=11)
        with pytest.raises(BookingError, match="That time has passed"):
            services.book(hold=held, patient=asha, by=None)
        slot.refresh_from_db()
        assert (slot.held, slot.booked) == (2, 0)


def test_yesterdays_visit_is_neither_moved_nor_called_off(dr_rao: Doctor, asha: Any, client: Client) -> None:
    with clock_at("2026-11-24 10:00") as clock:
        visit = cast.appointment(doctor=dr_rao, patient=asha)
        clock.pass_(days=1)
        later, page = cast.slot(doctor=dr_rao), visit.token.get_absolute_url()
        for step, typed in (("cancel/", {}), ("move/", {"slot": later.pk})):
            assert client.post(page + step, typed).headers["Location"] == page
        with pytest.raises(BookingError, match="is over"):
            services.reschedule(token=visit.token, slot=later, by=None)
        visit.refresh_from_db()
        assert visit.state == "confirmed"


def test_a_doctor_who_has_left_is_not_booked_any_more(dr_rao: Doctor, asha: Any) -> None:
    held = services.hold(slot=cast.slot(doctor=dr_rao), browser="a")
    visit = cast.appointment(doctor=dr_rao, patient=asha)
    dr_rao.status = Doctor.Status.INACTIVE
    dr_rao.save()
    for press in (
        lambda: services.book(hold=held, patient=cast.patient(name="Ravi", phone=None), by=None),
        lambda: services.reschedule(token=visit.token, slot=cast.slot(doctor=dr_rao), by=None),
    ):
        with pytest.raises(BookingError, match="Dr Rao takes no bookings at present"):
            press()


# ── what breaks beside us ─────────────────────────────────────────────────────────────────────────────────────
def test_a_board_that_is_gone_leaves_the_clinics_other_screens_alive(lake: Clinic, dr_rao: Doctor) -> None:
    boards = [Board.objects.create(clinic=lake) for _ in range(3)]
    shown = [screens.of_clinic("board", lake.pk, board.pk) for board in boards]
    desk = screens.of_clinic("desk_all", lake.pk, lake.pk)
    boards[0].delete()
    Board.objects.filter(pk=boards[1].pk).update(is_active=False)
    assert set(screens.draw_all(desk.topic, {desk, *shown})) == {desk, shown[2]}


@pytest.fixture
def hung_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis that takes connections and never answers."""
    with create_server(("127.0.0.1", 0)) as server:
        connection = Redis(port=server.getsockname()[1], socket_timeout=0.3)
        monkeypatch.setattr(jobs, "_queue", lambda _: Jobs("messages", connection=connection))
        monkeypatch.setattr(jobs, "_tries_again_at", 0.0)
        yield
        connection.close()


def test_nobody_waits_twice_for_a_redis_that_hangs(hung_redis: None) -> None:
    jobs.enqueue_job(jobs.deliver, "1")
    before = time.monotonic()
    for _ in range(20):
        jobs.enqueue_job(jobs.deliver, "1")
    assert time.monotonic() - before < 0.2


def test_a_message_that_breaks_its_channel_keeps_no_other_waiting(sms: Any) -> None:
    def breaks(it: Any) -> Any:
        if it.to == cast.ASHAS_PHONE:
            raise RuntimeError("no such alphabet")
        return Accepted(it.id)

    sms.answers = [breaks]
    for phone in (cast.ASHAS_PHONE, cast.BILALS_PHONE):
        outbox.write(Message.Kind.CODE, to=phone, clinic=None, code="402931", host="localhost")
    assert jobs.sweep() == 1
    assert set(Message.objects.values_list("state", flat=True)) == {"unknown", "sent"}
