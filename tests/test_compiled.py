"""Statements that are written once answer as Django's own do, and lock no more than they should."""

from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import _queries

from clinics.compiled import CompiledQuery
from clinics.models import AuditEvent, Clinic
from clinics.writing import insert, update
from doctors.models import Doctor
from notifications.models import Message
from patients.models import Patient
from scheduling import services
from scheduling.models import Appointment
from tests import cast
from tests.clock import in_days
from tests.waiting_room import queue, walk_in
from tokens.changing import changing
from tokens.models import Action, Queue, Token, TokenEvent

pytestmark = pytest.mark.django_db


def fields(row: Any) -> dict[str, Any]:
    """All that was read of a row, with the rows beside it."""
    return {
        name: {key: fields(beside) if beside else None for key, beside in value.fields_cache.items()}
        if name == "_state"
        else value
        for name, value in vars(row).items()
    }


def test_a_compiled_query_reads_what_the_queryset_reads_each_time_for_other_values(dr_rao: Any, lake: Any) -> None:
    others = [cast.doctor(clinic=lake, name=name) for name in ("Joseph Kurian", "Hema Menon")]
    with_clinic = Doctor.objects.select_related("clinic", "room").annotate(many=Count("queues"))
    compiled = CompiledQuery(lambda pk, clinic: with_clinic.filter(pk=pk, clinic=clinic).order_by())
    for doctor in (dr_rao, *others, dr_rao):
        [found] = compiled(pk=doctor.pk, clinic=lake.pk)
        assert fields(found) == fields(with_clinic.get(pk=doctor.pk))
    assert compiled.first(pk=dr_rao.pk, clinic=-1) is None
    with pytest.raises(Doctor.DoesNotExist):
        compiled.get(pk=-1, clinic=lake.pk)
    names = CompiledQuery(
        lambda since: Doctor.objects.filter(pk__gt=since).order_by("pk").values_list("name", "fee_paise")
    )
    assert names(since=0) == list(Doctor.objects.order_by("pk").values_list("name", "fee_paise"))
    assert len(names(since=0)) == 3


def test_a_compiled_query_is_written_once_in_each_thread(lake: Any) -> None:
    written = []

    def build(pk: Any) -> Any:
        written.append(pk)
        return Clinic.objects.filter(pk=pk)

    compiled = CompiledQuery(build)
    assert [compiled.get(pk=lake.pk).name for _ in range(3)] == [lake.name] * 3
    assert len(written) == 1

    def elsewhere() -> None:
        compiled._compile()

    other = Thread(target=elsewhere)
    other.start()
    other.join()
    assert len(written) == 2


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_refused_where_it_would_not_last(lake: Any) -> None:
    compiled = CompiledQuery(lambda pk: Clinic.objects.filter(pk=pk).select_for_update())
    with pytest.raises(transaction.TransactionManagementError):
        compiled.get(pk=lake.pk)
    with transaction.atomic():
        assert compiled.get(pk=lake.pk) == lake
    with pytest.raises(transaction.TransactionManagementError):
        compiled.get(pk=lake.pk)


def test_changing_a_queue_locks_its_row_and_no_doctor_or_clinic(dr_rao: Any) -> None:
    of_today = queue(doctor=dr_rao)
    for one in (of_today, Queue(doctor=dr_rao, clinic=dr_rao.clinic, date=of_today.date)):
        with CaptureQueriesContext(connection) as asked, changing(one):
            pass
        [locking] = [it["sql"] for it in asked.captured_queries if "FOR NO KEY UPDATE" in it["sql"]]
        assert "JOIN" not in locking
        assert "doctors_doctor" not in locking


def test_rows_of_several_tables_are_written_in_one_statement_as_django_writes_them(dr_rao: Any, reena: Any) -> None:
    token = walk_in(queue=queue(doctor=dr_rao), name="Asha Thomas", by=reena)
    alike = [
        Token(
            clinic_id=token.clinic_id, queue_id=token.queue_id, kind=token.kind, number=number, due_at=token.due_at,
            patient=cast.patient(name=f"Ravi {number}", phone=None), created_at=token.created_at, note="A cough",
        )
        for number in (71, 72)
    ]  # fmt: skip
    alike[0].save(force_insert=True)
    event = alike[1].event(None, by=reena, why="", action=Action("add"), at=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        insert(alike[1], event)
    assert len(asked) == 1
    assert event.placed == alike[1].placed == ""
    assert not alike[1]._state.adding
    read = [Token.objects.get(number=number) for number in (71, 72)]
    assert [one.note for one in read] == ["A cough"] * 2
    own = {"id", "patient_id", "number", "code", "note", "_state"}
    one, other = ({name: value for name, value in vars(it).items() if name not in own} for it in read)
    assert one == other
    assert TokenEvent.objects.get(token=alike[1]).by_id == reena.pk


def test_a_token_and_all_that_comes_with_it_is_one_statement_and_read_once(
    dr_rao: Any, lake: Any, monkeypatch: Any
) -> None:
    """psycopg reads a statement of a hundred values anew each time, unless it is told to keep it."""

    def read_anew(*_: object) -> None:
        raise AssertionError("This statement is not kept.")

    monkeypatch.setattr(_queries, "_query2pg_nocache", read_anew)
    asha = cast.patient(name="Asha Thomas")
    for days in (1, 2):
        hold = services.hold(slot=cast.slot(doctor=dr_rao, starts_at=in_days(days)), browser="hers")
        with CaptureQueriesContext(connection) as asked:
            made = services.book(hold=hold, patient=asha, by=None)
        inserting = [it["sql"] for it in asked if 'INSERT INTO "tokens_token"' in it["sql"]]
        assert len(inserting) == 1
        assert inserting[0].count("INSERT INTO") == 5  # a token, its event, the visit, a line of the trail, the message
        assert inserting[0].endswith(f'WHERE "id" = {made.token.queue_id}')
    assert Appointment.objects.count() == Message.objects.count() == TokenEvent.objects.count() == 2


def test_of_rows_written_together_all_are_refused_or_none(lake: Any) -> None:
    asha = cast.patient(name="Asha Thomas")
    again = Patient(pk=asha.pk, name="Somebody else", phone=None)
    told = AuditEvent(action="patient.added", clinic=lake, object_id=str(asha.pk), detail={})
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(told, again)
    assert not AuditEvent.objects.filter(action="patient.added").exists()


def test_an_error_that_somebody_passes_over_cannot_be_mistaken_for_success(lake: Any) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with a silent ROLLBACK."""
    asha = cast.patient(name="Asha Thomas")
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            insert(Patient(pk=asha.pk, name="Somebody else", phone=None))
        with pytest.raises(transaction.TransactionManagementError):
            Clinic.objects.get(pk=lake.pk)


def test_columns_of_a_row_are_written_and_a_row_that_is_not_there_is_said(dr_rao: Any, lake: Any) -> None:
    of_today = queue(doctor=dr_rao)
    of_today.late_minutes, of_today.note, of_today.note_at = 20, "Not to be written", timezone.now()
    update(of_today, "late_minutes", "note_at")
    read = Queue.objects.get(pk=of_today.pk)
    assert (read.late_minutes, read.note_at, read.note) == (20, of_today.note_at, "")
    with pytest.raises(DatabaseError):
        update(Token(pk=uuid4(), queue=of_today, due_at=timezone.now() + timedelta(hours=1)), "due_at")


def test_three_thousand_doctors_are_written_in_as_many_statements_as_it_takes(dr_rao: Any, lake: Any) -> None:
    """More than 65,535 values do not travel beside one statement; where a column is a list, they are one by one."""
    many = [
        Doctor(clinic=lake, name=f"Doctor {at}", slug=f"dr-{at}", specialty_id=dr_rao.specialty_id, languages=["Tamil"])
        for at in range(3000)
    ]
    Doctor.objects.bulk_create(many, batch_size=5000)
    assert Doctor.objects.count() == 3001
