"""A doctor's day at any minute: what stood there, why, and who had done what; for disputes, also on paper."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from clinics.models import Role
from tests import cast
from tests.clock import clock_at
from tests.reception import Kind
from tokens import services
from tokens.models import Queue, Token
from tokens.undo import undo

pytestmark = pytest.mark.django_db
DAY = "2026-11-20"
MORNING = ("Asha Thomas", "Bilal Rahman", "Meera Nair")


def morning(dr_rao: Any, reena: Any) -> Queue:
    """Three numbers at 10, 10:10 and 10:20; the first called at 10:30, an emergency at 10:40, a break at 10:50."""
    with clock_at(f"{DAY} 10:00") as clock:
        queue = cast.queue(doctor=dr_rao)
        for name in MORNING:
            patient = cast.patient(name=name, phone=None)
            services.issue(queue=queue, patient=patient, kind=Kind.WALK_IN, by=reena)
            clock.pass_(minutes=10)
        services.call_next(queue=queue, by=reena, seen=None)
        clock.pass_(minutes=10)
        neil = cast.patient(name="Neil Thomas", phone=None)
        services.issue(queue=queue, patient=neil, kind=Kind.EMERGENCY, by=reena, why="chest pain")
        clock.pass_(minutes=10)
        services.set_doctor_state(queue=queue, state="on_break", by=reena)
    return queue


@pytest.fixture
def queue(dr_rao: Any, reena: Any) -> Queue:
    """Dr Rao's morning, some days ago."""
    return morning(dr_rao, reena)


def at(queue: Queue, **asked: str) -> str:
    return reverse("tokens:replay", args=[queue.clinic.slug, queue.doctor.slug], query={"day": DAY, **asked})


def shown(browser: Any, queue: Queue, **asked: str) -> Any:
    """The picture that the page shows."""
    return browser.get(at(queue, **asked)).context


def numbers(context: Any) -> list[int]:
    return [place.number for place, _ in context["rows"]]


@pytest.mark.parametrize(
    ("minute", "inside", "line"),
    [("09:59", None, []), ("10:00", None, [1]), ("10:20", None, [1, 2, 3]), ("10:29", None, [1, 2, 3]),
     ("10:30", 1, [2, 3]), ("10:40", 1, [4, 2, 3]), ("23:00", 1, [4, 2, 3])],
)  # fmt: skip
def test_the_queue_is_shown_as_it_stood_at_a_minute(
    desk: Any, queue: Queue, minute: str, inside: int | None, line: list[int]
) -> None:
    context = shown(desk, queue, at=minute)
    assert (context["then"].inside and context["then"].inside.number, numbers(context)) == (inside, line)
    hours, minutes = map(int, minute.split(":"))
    assert numbers(shown(desk, queue, minute=str(60 * hours + minutes))) == line


def test_what_happened_afterwards_changes_nothing_of_it(desk: Any, queue: Queue, reena: Any) -> None:
    before = shown(desk, queue, at="10:40")
    services.place(queue=queue, number=3, before=2, why="has a fever", by=reena)
    services.call_next(queue=queue, by=reena, seen=1)
    services.run_late(queue=queue, minutes=30, by=reena)
    after = shown(desk, queue, at="10:40")
    for name in ("doctor_state", "doctor_state_at", "late_minutes", "back_at", "closed_at"):
        assert getattr(after["then"], name) == getattr(before["then"], name), name
    assert [why for _, why in after["rows"]] == [why for _, why in before["rows"]]
    assert numbers(after) == [4, 2, 3]


def test_the_page_says_where_the_doctor_was_who_was_inside_and_why_each_stands_there(desk: Any, queue: Queue) -> None:
    page = desk.get(at(queue, at="10:45")).content.decode()
    assert "Dr Rao:</b> consulting since 10:30 am" in page
    assert "inside since 10:30 am" in page
    assert "Emergency: before everybody who is not." in page
    assert "By when the number was given, 10:10 am. 4 goes first: emergency." in page
    assert "on a break since 10:50 am" in desk.get(at(queue)).content.decode()


def test_the_events_are_listed_with_who_and_the_last_of_them_is_marked(desk: Any, queue: Queue) -> None:
    lines = shown(desk, queue, at="10:30")["lines"]
    assert [line.is_past for line in lines] == [True] * 5 + [False] * 2
    last = next(line for line in lines if line.is_last)
    assert (last.verb, last.by, last.address) == ("Call", "Reena", f"{DAY}T10:30:00")
    assert [line.change for line in lines] == [
        "New → Waiting", "New → Waiting", "New → Waiting", "Consulting", "Waiting → Consulting", "New → Waiting",
        "On a break",
    ]  # fmt: skip


def test_one_goes_from_event_to_event(desk: Any, queue: Queue) -> None:
    context, moments = shown(desk, queue), []
    while context["before"]:
        moments.append(context["before"])
        context = shown(desk, queue, at=context["before"])
    assert [moment[-8:] for moment in moments] == ["10:40:00", "10:30:00", "10:20:00", "10:10:00", "10:00:00"]
    assert context["after"] == f"{DAY}T10:10:00"
    assert shown(desk, queue, at=context["after"])["after"] == f"{DAY}T10:20:00"


def test_a_call_taken_back_was_one_until_then(desk: Any, queue: Queue, reena: Any) -> None:
    with clock_at(f"{DAY} 11:00") as clock:
        services.call_next(queue=queue, by=reena, seen=1)
        clock.pass_(minutes=2)
        undo(queue=queue, by=reena)
    assert shown(desk, queue, at="11:01")["then"].inside.number == 4
    assert shown(desk, queue, at="11:01")["then"].doctor_state == "consulting"
    assert shown(desk, queue, at="11:02")["then"].inside.number == 1
    assert shown(desk, queue, at="11:02")["then"].doctor_state == "on_break"


@pytest.mark.parametrize("typed", ["half past ten", "25:99", "9999-12-31T23:59:59", "2026-11-20T"])
def test_a_time_that_makes_no_sense_is_said_and_kept(desk: Any, queue: Queue, typed: str) -> None:
    answer = desk.get(at(queue, at=typed))
    page = answer.content.decode()
    assert "Write the time like 10:35." in page
    assert f'value="{typed}"' in page
    assert numbers(answer.context) == [4, 2, 3]


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01", "20.11.2026"])
def test_a_day_that_makes_no_sense_is_said_and_kept(desk: Any, queue: Queue, typed: str) -> None:
    page = desk.get(at(queue, day=typed)).content.decode()
    assert "Write the day like 2026-11-24." in page
    assert f'value="{typed}"' in page


def test_a_day_without_a_queue_leads_to_the_nearest_ones(desk: Any, queue: Queue) -> None:
    page = desk.get(at(queue, day="2026-11-15")).content.decode()
    assert "Nothing was written down for Dr Rao on Sun 15 Nov 2026" in page
    assert f"?day={DAY}" in page


def test_a_doctor_who_has_not_begun_has_nothing_to_replay(desk: Any, dr_rao: Any) -> None:
    address = reverse("tokens:replay", args=[dr_rao.clinic.slug, dr_rao.slug])
    assert "Dr Rao has not had a queue yet." in desk.get(address).content.decode()


def test_the_scrubber_is_answered_with_the_picture_alone(desk: Any, queue: Queue) -> None:
    live = {"HX-Request": "true"}
    part = desk.get(at(queue, minute="630"), headers=live | {"HX-Trigger": "scrub"}).content.decode()
    assert part.strip().startswith('<div id="replay">')
    assert 'id="scrubber"' not in part
    stepped = desk.get(at(queue, minute="630"), headers=live | {"HX-Trigger": "event-after"}).content.decode()
    assert '<div id="scrubber" hx-swap-oob="innerHTML">' in stepped


def test_a_day_that_began_on_other_days_and_went_past_midnight_has_all_its_minutes(
    desk: Any, dr_rao: Any, reena: Any
) -> None:
    with clock_at("2026-11-18 09:00") as clock:
        day = Queue.objects.create(doctor=dr_rao, clinic=dr_rao.clinic, date="2026-11-20")
        patient = cast.patient(phone=None)
        services.issue(queue=day, patient=patient, kind=Kind.BOOKED, due_at=clock.now, by=None)
        clock.set("2026-11-20 22:00")
        services.mark_arrived(queue=day, number=1, by=reena)
        clock.set("2026-11-21 00:12")
        services.call_next(queue=day, by=reena, seen=None)
    context = shown(desk, day)
    assert context["record"].minutes == (22 * 60, 24 * 60 + 12)
    assert context["minute"] == 24 * 60 + 12
    assert numbers(shown(desk, day, minute=str(24 * 60 + 11))) == [1]
    assert numbers(shown(desk, day, at="2026-11-18T09:00:00")) == [1]


def test_a_doctor_reads_their_own_days_and_no_colleagues(
    signed_in: Any, queue: Queue, rao: Any, lake: Any, hema: Any, lekha: Any
) -> None:
    kurian = cast.staff(clinic=lake, name="Joseph Kurian", role=Role.DOCTOR)
    found = {user.name: signed_in(user).get(at(queue)).status_code for user in (rao, lekha, kurian, hema)}
    assert found == {rao.name: 200, lekha.name: 200, kurian.name: 403, hema.name: 404}


def test_the_page_asks_as_little_however_much_happened(
    desk: Any, queue: Queue, reena: Any, django_assert_num_queries: Any
) -> None:
    many = 15
    with django_assert_num_queries(many):
        desk.get(at(queue))
    for _ in range(6):
        patient = cast.patient(phone=None)
        token = services.issue(queue=queue, patient=patient, kind=Kind.WALK_IN, by=reena)
        services.skip(queue=queue, number=token.number, by=cast.staff(clinic=queue.clinic, name=f"R{token.number}"))
    with django_assert_num_queries(many):
        desk.get(at(queue))


def test_a_day_older_than_these_records_says_that_it_does_not_know(desk: Any, queue: Queue) -> None:
    other = cast.queue(doctor=cast.doctor(clinic=queue.clinic, name="Joseph Kurian"))
    with clock_at(f"{DAY} 10:00"):
        services.issue(queue=other, patient=cast.patient(phone=None), kind=Kind.WALK_IN, by=None)
    Queue.objects.filter(pk=other.pk).update(doctor_state="consulting", date=DAY)
    assert "where was not written down on this day" in desk.get(at(other)).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_minutes_are_pulled_and_the_keys_step(windows: Any, served: str) -> None:
    lake = cast.clinic(name="Lake Clinic")
    dr_rao, reena = cast.doctor(clinic=lake), cast.staff(clinic=lake, name="Reena")
    queue = morning(dr_rao, reena)
    page: Page = windows(size={"width": 1280, "height": 800}, who=reena)
    page.goto(served + at(queue))
    page.locator("#replay h2", has_text="10:50 am").wait_for()
    page.keyboard.press("ArrowLeft")
    page.locator("#replay h2", has_text="10:40 am").wait_for()
    assert page.locator("#scrub").input_value() == "640"
    page.locator("#scrub").focus()
    page.keyboard.press("Home")
    page.locator("#replay h2", has_text="10:00 am").wait_for()
    assert page.locator("#replay .rows .token").all_inner_texts() == ["1"]
    page.wait_for_url("**minute=600**")
    page.reload()
    page.locator("#replay h2", has_text="10:00 am").wait_for()
    page.emulate_media(media="print")
    assert page.get_by_text("Printed ").is_visible()
    assert not page.locator("#scrub").is_visible()
    assert Token.objects.count() == 4
