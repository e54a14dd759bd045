"""A patient's name and phone at rest: unreadable, bound to their row, found only by a keyed fingerprint."""

import base64
import os
from typing import Any

import pytest
from django.core import checks
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from clinics.models import User
from clinics.sealed import SealedField, SealError, blind_index, seal, unseal
from notifications import outbox
from notifications.models import Message
from patients.challenges import send_code
from patients.models import Challenge, Patient
from tests import cast

pytestmark = pytest.mark.django_db

NAME, PHONE = "Asha Thomas", cast.ASHAS_PHONE
TEXTS = [text.encode() for text in (NAME, PHONE, PHONE[3:])]
NEEDLES = {
    *TEXTS,
    *(text[::-1] for text in TEXTS),
    *(text.hex().encode() for text in TEXTS),
    *(base64.b64encode(text).rstrip(b"=")[:-1] for text in TEXTS),
}


def planted() -> set[bytes]:
    """The spellings of a name or a phone that lie open in the tables."""
    found = set()
    with connection.cursor() as cursor:
        for model in (Patient, User, Challenge, Message):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            for value in [value for row in cursor.fetchall() for value in row]:
                held = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                found |= {needle for needle in NEEDLES if needle in held}
    return found


def new_key(name: str) -> str:
    """A FIELD_KEYS entry."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def raw(model: type[models.Model], column: str, pk: Any) -> bytes:
    """A column as the table holds it."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM {model._meta.db_table} WHERE id = %s', [pk])
        return bytes(cursor.fetchone()[0])


def put(model: type[models.Model], column: str, pk: Any, value: bytes) -> None:
    """Write a column behind the model's back, as somebody with the database's password could."""
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {model._meta.db_table} SET "{column}" = %s WHERE id = %s', [value, pk])


def test_what_was_written_is_read(asha: Patient) -> None:
    again = Patient.objects.get(pk=asha.pk)
    assert (again.name, again.phone) == (NAME, PHONE)


def test_no_table_holds_a_name_or_a_phone(asha: Patient) -> None:
    User.objects.with_phone(PHONE)
    send_code(phone=PHONE, browser="a browser", address="203.0.113.9")
    outbox.write(Message.Kind.CODE, to=PHONE, clinic=None, code=NAME, host="localhost")
    assert planted() == set()
    put(Patient, "name", asha.pk, b"x" + NAME.encode())
    assert planted() == {NAME.encode()}, "the search itself must be able to find one"


def test_the_code_itself_is_kept_nowhere_but_in_the_message() -> None:
    challenge = send_code(phone=PHONE, browser="a browser", address=None)
    code = Message.objects.get().text[:6]
    assert code.isdigit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_challenge WHERE id = %s", [challenge.pk])
        held = [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone()]
    assert code.encode() not in b"|".join(part for part in held if len(part) < 64)


def test_the_same_name_twice_looks_different(asha: Patient) -> None:
    other = cast.patient(name=NAME, phone=None)
    assert raw(Patient, "name", asha.pk) != raw(Patient, "name", other.pk)


def test_moved_to_another_row_it_does_not_open(asha: Patient, bilal: Patient) -> None:
    put(Patient, "name", bilal.pk, raw(Patient, "name", asha.pk))
    with pytest.raises(SealError, match="does not belong"):
        _ = Patient.objects.get(pk=bilal.pk).name


def test_moved_to_another_column_it_does_not_open(asha: Patient) -> None:
    put(Patient, "name", asha.pk, raw(Patient, "phone", asha.pk))
    with pytest.raises(SealError):
        _ = Patient.objects.get(pk=asha.pk).name


def test_moved_to_another_table_it_does_not_open(asha: Patient) -> None:
    user = User.objects.with_phone(cast.BILALS_PHONE)
    put(User, "phone", user.pk, raw(Patient, "phone", asha.pk))
    with pytest.raises(SealError):
        _ = User.objects.get(pk=user.pk).phone


@pytest.mark.parametrize("at", [0, 1, 8, -1])
def test_one_flipped_bit_is_noticed(asha: Patient, at: int) -> None:
    damaged = bytearray(raw(Patient, "name", asha.pk))
    damaged[at] ^= 1
    put(Patient, "name", asha.pk, bytes(damaged))
    with pytest.raises(SealError):
        _ = Patient.objects.get(pk=asha.pk).name


def test_a_new_key_writes_and_the_old_one_still_opens(asha: Patient, settings: Any) -> None:
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = f"{new_key('k2')},{old}"
    again = Patient.objects.get(pk=asha.pk)
    assert again.name == NAME
    again.save(update_fields=["name"])
    assert raw(Patient, "name", asha.pk)[1:3] == b"k2"
    settings.FIELD_KEYS = old
    with pytest.raises(SealError, match="No key named 'k2'"):
        _ = Patient.objects.get(pk=asha.pk).name


def test_a_short_key_is_refused_loudly(settings: Any) -> None:
    settings.FIELD_KEYS = "k1:" + base64.b64encode(b"short").decode()
    with pytest.raises(ValueError, match="32 bytes"):
        seal("anything", place="anywhere")


def test_an_unread_value_survives_saving_the_row(asha: Patient) -> None:
    before = raw(Patient, "name", asha.pk)
    again = Patient.objects.get(pk=asha.pk)
    again.birth_year = 1990
    again.save()
    assert raw(Patient, "name", asha.pk) == before


def test_a_deferred_value_is_fetched_and_opened(asha: Patient) -> None:
    assert Patient.objects.defer("name").get(pk=asha.pk).name == NAME


def test_the_fingerprint_finds_a_family_and_nobody_else(asha: Patient, bilal: Patient) -> None:
    child = cast.patient(name="Neil Thomas")
    assert list(Patient.objects.of_phone(PHONE)) == [asha, child]
    assert list(Patient.objects.of_phone("+919800000000")) == []


def test_the_fingerprint_depends_on_its_key_and_its_purpose(settings: Any) -> None:
    before = blind_index(PHONE)
    assert len(before) == 16
    assert blind_index(PHONE, purpose="email") != before
    settings.INDEX_KEY = base64.b64encode(os.urandom(32)).decode()
    assert blind_index(PHONE) != before


def test_an_update_that_knows_no_row_is_refused(asha: Patient) -> None:
    with pytest.raises(TypeError, match="sealed with its row"), transaction.atomic():
        Patient.objects.update(name="Somebody else")
    with pytest.raises(TypeError, match="sealed with its row"), transaction.atomic():
        list(Patient.objects.filter(name=NAME))
    assert Patient.objects.get(pk=asha.pk).name == NAME


def test_a_text_is_sealed_for_one_place_only() -> None:
    sealed = seal("Asha", place="patients_patient.name:1")
    assert unseal(sealed, place="patients_patient.name:1") == "Asha"
    with pytest.raises(SealError):
        unseal(sealed, place="patients_patient.name:2")


@isolate_apps("clinics")
def test_a_model_whose_key_is_given_by_the_database_cannot_seal() -> None:
    class Numbered(models.Model):  # noqa: DJ008
        secret = SealedField()

        class Meta:
            app_label = "clinics"

    (found,) = Numbered.check()
    assert isinstance(found, checks.Error)
    assert "UUID primary key" in found.msg
