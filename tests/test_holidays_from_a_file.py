"""A clinic's admin brings in a year's holidays as a file: what it would do first, then all or nothing."""

import io
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from openpyxl import Workbook

from doctors.models import Doctor
from notifications.models import Message
from scheduling.models import Conflict, Holiday, Slot
from scheduling.slots import make_slots
from tests import cast
from tests.clock import clock_at, ist

pytestmark = pytest.mark.django_db

IMPORT = "/admin/scheduling/holiday/import/"
CONFIRM = "/admin/scheduling/holiday/process_import/"
SATURDAY, MONDAY = date(2026, 12, 26), date(2026, 12, 28)
LIST = "date,name\n2026-12-26,Boxing Day\n2026-12-28,Clinic day\n"


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    """Two days before Christmas."""
    with clock_at("2026-12-23 09:00") as clock:
        yield clock


@pytest.fixture
def sitting(dr_rao: Doctor) -> Doctor:
    """Dr Rao sits every day from nine to ten, with times of half an hour."""
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(9), ends=time(10), slot_minutes=30)
    make_slots(days=10)
    return dr_rao


@pytest.fixture
def office(lekha: Any, signed_in: Any) -> Any:
    """Lekha's browser."""
    return signed_in(lekha)


def upload(client: Any, content: str | bytes, *, name: str = "holidays.csv", format_: str = "0") -> Any:
    """The page after a file was chosen: its preview, or what is wrong with it."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    file.name = name
    return client.post(IMPORT, {"format": format_, "resource": "", "import_file": file})


def confirm(client: Any, page: Any) -> str:
    """Press "Confirm import"; what the next page says."""
    return client.post(CONFIRM, page.context["confirm_form"].initial, follow=True).content.decode()


def bring_in(client: Any, content: str | bytes, **fields: Any) -> str:
    """Both steps."""
    return confirm(client, upload(client, content, **fields))


def known() -> list[tuple[str, date, str]]:
    """All holidays, of all clinics."""
    return list(Holiday.objects.order_by("date").values_list("clinic__slug", "date", "name"))


def free_days() -> set[date]:
    """The days on which somebody can still be booked."""
    return set(Slot.objects.filter(is_blocked=False).values_list("date", flat=True))


BOTH = [("lake-clinic", SATURDAY, "Boxing Day"), ("lake-clinic", MONDAY, "Clinic day")]


def test_the_preview_shows_the_days_and_changes_nothing(sitting: Doctor, office: Any) -> None:
    before = list(Slot.objects.values())
    page = upload(office, LIST)
    assert "Boxing Day" in page.content.decode()
    assert "2026-12-28" in page.content.decode()
    assert "Confirm import" in page.content.decode()
    assert "affected" not in page.content.decode()
    assert "style=" not in page.content.decode()
    assert known() == []
    assert list(Slot.objects.values()) == before


def test_once_confirmed_nobody_can_be_booked_on_those_days(sitting: Doctor, office: Any) -> None:
    assert {SATURDAY, MONDAY} < free_days()
    assert "2 new" in bring_in(office, LIST)
    assert known() == BOTH
    assert not {SATURDAY, MONDAY} & free_days()
    assert date(2026, 12, 27) in free_days()


def test_who_is_booked_is_counted_first_and_told_afterwards(sitting: Doctor, office: Any, asha: Any) -> None:
    slot = Slot.objects.get(starts_at=ist("2026-12-26 09:30"))
    slot.booked = 1
    slot.save()
    cast.appointment(doctor=sitting, patient=asha, slot=slot)
    page = upload(office, LIST)
    assert "1 visit would be affected: the patient will be told, and a time kept for each." in page.content.decode()
    assert (Conflict.objects.count(), Message.objects.count()) == (0, 0)
    said = confirm(office, page)
    assert "1 visit is affected" in said
    assert "/changes/lake-clinic/" in said
    assert Conflict.objects.get().why == "The clinic is closed that day: Boxing Day"
    assert Message.objects.get().kind == Message.Kind.AFFECTED
    assert "Asha Thomas" in office.get("/changes/lake-clinic/").content.decode()


def test_the_same_file_again_adds_nothing(sitting: Doctor, office: Any, wednesday: Any) -> None:
    bring_in(office, LIST)
    assert "0 new, 0 updated, 0 deleted and 2 skipped" in bring_in(office, LIST)
    wednesday.set("2026-12-27 09:00")  # one of them is over by now
    assert "0 new, 0 updated, 0 deleted and 2 skipped" in bring_in(office, LIST)
    assert known() == BOTH


def test_a_day_gets_another_name(sitting: Doctor, office: Any) -> None:
    bring_in(office, LIST)
    page = upload(office, "date,name\n2026-12-28,Founders’ <day>\n")
    assert "<s>Clinic day</s> Founders’ &lt;day&gt;" in page.content.decode()
    assert "1 updated" in confirm(office, page)
    assert known() == [BOTH[0], ("lake-clinic", MONDAY, "Founders’ <day>")]


def test_a_branchs_own_holiday_stays_beside_the_clinics(sitting: Doctor, office: Any) -> None:
    branch = sitting.clinic.branches.get()
    Holiday.objects.create(clinic=sitting.clinic, branch=branch, date=MONDAY, name="Repairs")
    assert "2 new" in bring_in(office, LIST)
    assert Holiday.objects.filter(date=MONDAY).count() == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("day,name\n2026-12-26,X\n", "The first line must name the columns date and name; date is missing."),
        ("when;what\n2026-12-26;X\n", "The first line must name the columns date and name; date and name are missing."),
        (LIST + "26/12/2026,X\n", "“26/12/2026” is no date: write year, month and day like 2027-08-15."),
        (LIST + "2026-02-30,X\n", "“2026-02-30” is no date: write year, month and day like 2027-08-15."),
        (LIST + ",X\n", "“” is no date: write year, month and day like 2027-08-15."),
        (LIST + "2026-12-22,X\n", "Tue 22 Dec 2026 is over."),
        (LIST + "2026-12-29,\n", "This field cannot be blank."),
        ("clinic,date,name\nhill-clinic,2026-12-26,X\n", "No clinic of yours has the address “hill-clinic”."),
        (LIST.encode("utf-16"), "This file cannot be read. Save it as CSV (UTF-8) or XLSX and choose that format."),
        ("date,name\n2026-12-26\n2026-12-28,X,Y\n", "This file cannot be read."),
        ("date,name\n", "No valid data to import."),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(
    sitting: Doctor, hill: Any, office: Any, content: str | bytes, sentence: str
) -> None:
    page = upload(office, content).content.decode()
    assert page.count(sentence) == 1
    assert "Traceback" not in page
    assert "[&#x27;" not in page
    assert "Confirm import" not in page
    assert known() == []
    assert {SATURDAY, MONDAY} < free_days()


def test_another_clinics_admin_touches_nothing_of_this_one(sitting: Doctor, hill: Any, signed_in: Any) -> None:
    theirs = signed_in(cast.staff(clinic=hill, role="admin", name="Hari"))
    page = upload(theirs, LIST.replace("date,name", "clinic,date,name").replace("\n2026", "\nlake-clinic,2026"))
    assert "No clinic of yours has the address “lake-clinic”." in page.content.decode()
    assert "2 new" in bring_in(theirs, LIST)
    assert {clinic for clinic, *_ in known()} == {"hill-clinic"}
    assert {SATURDAY, MONDAY} < free_days()


def test_reception_brings_in_nothing(reena: Any, signed_in: Any) -> None:
    assert upload(signed_in(reena), LIST).status_code in (302, 403)
    assert known() == []


def test_one_upload_is_imported_once(sitting: Doctor, office: Any) -> None:
    page = upload(office, LIST)
    confirm(office, page)
    said = confirm(office, page)
    assert "That file was imported already, or is kept no longer. Please choose it again." in said
    assert known() == BOTH


def test_no_other_file_of_the_server_can_be_named(
    sitting: Doctor, office: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(LIST)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = upload(office, LIST)
    assert [it.name for it in tmp_path.iterdir()] == ["secret.csv"]
    page.context["confirm_form"].initial["import_file_name"] = "secret.csv"
    assert "Please choose it again." in confirm(office, page)
    assert secret.exists()
    assert known() == []


def test_a_day_that_was_over_before_it_was_confirmed_leaves_all_as_it_was(
    sitting: Doctor, office: Any, wednesday: Any
) -> None:
    page = upload(office, LIST)
    wednesday.set("2026-12-27 00:00")
    assert "Something changed since the preview, so nothing was imported." in confirm(office, page)
    assert known() == []


def test_a_spreadsheet_does_as_well(sitting: Doctor, office: Any) -> None:
    book, content = Workbook(), io.BytesIO()
    book.active.append(["Date", "Name"])
    book.active.append([SATURDAY, "Boxing Day"])
    book.active.append(["2026-12-28", "Clinic day"])
    book.save(content)
    assert "2 new" in bring_in(office, content.getvalue(), name="holidays.xlsx", format_="1")
    assert known() == BOTH


def test_the_list_that_is_offered_can_be_brought_in(sitting: Doctor, office: Any) -> None:
    assert "/holidays-kerala-2027" in office.get(IMPORT).content.decode()
    file = Path(settings.BASE_DIR) / "static" / "holidays-kerala-2027.csv"
    assert "7 new" in bring_in(office, file.read_bytes())
    assert ("lake-clinic", date(2027, 1, 26), "Republic Day") in known()
