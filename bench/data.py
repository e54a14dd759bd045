"""Clinics, doctors, slots and proved patients with numbers that can be told beforehand: for load runs and pgbench."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from uuid import UUID

FIRST = 100_000_000_000  # patients are numbered with twelve digits, doctors' rows with eight or nine
CLINICS, DOCTORS, QUEUES, SLOTS = 60_000_000, 70_000_000, 90_000_000, 800_000_000
SLOTS_A_DOCTOR = 32
BACKEND = "clinics.backend.Backend"
_patients = count(FIRST)
_doctors = count()
_receptionists = count()


def numbered(kind: int, number: int) -> UUID:
    """A key that says what it is of: 1 user, 2 patient; in pgbench it is made the same way."""
    return UUID(f"{kind:08d}-0000-7000-8000-{number:012d}")


@dataclass(frozen=True, slots=True)
class Proved:
    """A patient whose browser has proved its phone."""

    number: int

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser sends."""
        return {"sessionid": session_key(self.number)}

    @property
    def patient(self) -> UUID:
        """The one of the family who comes."""
        return numbered(2, self.number)


@dataclass(frozen=True, slots=True)
class Practice:
    """A doctor with slots and a queue on one day."""

    number: int
    day: date

    @property
    def doctor(self) -> int:
        """The doctor's key."""
        return DOCTORS + self.number

    @property
    def queue(self) -> int:
        """The queue's key."""
        return QUEUES + self.number

    @property
    def path(self) -> str:
        """The doctor's page."""
        return f"/c/bench-{self.number // 10}/doctor-{self.number}/"

    def slot(self, which: int) -> int:
        """A slot's key."""
        return SLOTS + self.number * SLOTS_A_DOCTOR + which % SLOTS_A_DOCTOR


def session_key(number: int) -> str:
    """The session of a proved patient."""
    return f"bench{'0' * 15}{number}"


def proved(many: int) -> list[Proved]:
    """So many new patients: a user, a family of one, and a session, as if each had answered a code."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from clinics.models import User
    from clinics.sealed import seal
    from config.demo.bulk import copy_in
    from patients.browser import KEY
    from patients.models import Patient

    made = [Proved(next(_patients)) for _ in range(many)]
    password, until, store = "!phone-code-only", timezone.now() + timedelta(days=30), SessionStore()
    users, patients, sessions = [], [], []
    for one in made:
        user, phone = numbered(1, one.number), f"+91{one.number % 10**10 + 7_000_000_000}"
        index = bytes.fromhex(f"{one.number:032d}")  # a plain one, so that pgbench can say it
        users.append((user, seal(phone, place=f"clinics_user.phone:{user}"), index, password))
        place = f"patients_patient.{{}}:{one.patient}"
        patients.append((one.patient, seal("Anjali Menon", place=place.format("name")),
                         seal(phone, place=place.format("phone")), index, 1990, "f"))  # fmt: skip
        told = {SESSION_KEY: str(user), BACKEND_SESSION_KEY: BACKEND, KEY: f"browser-{one.number}",
                HASH_SESSION_KEY: User(password=password).get_session_auth_hash()}  # fmt: skip
        sessions.append((session_key(one.number), store.encode(told), until))
    copy_in(User, ("id", "phone", "phone_key", "password"), users)
    copy_in(Patient, ("id", "name", "phone", "phone_key", "birth_year", "gender"), patients)
    copy_in(Session, ("session_key", "session_data", "expire_date"), sessions)
    return made


def practices(many: int, *, capacity: int, days_ahead: int = 3) -> list[Practice]:
    """So many new doctors, ten to a clinic, each with 32 slots of one day and its queue."""
    from django.db import connection
    from django.utils import timezone

    day = timezone.localdate() + timedelta(days=days_ahead)
    first = next(_doctors)
    first += -first % 10  # a clinic's first
    while next(_doctors) < first + many - 1:
        pass
    given = {"first": first, "last": first + many - 1, "day": day, "capacity": capacity, "slots": SLOTS_A_DOCTOR,
             "CLINICS": CLINICS, "DOCTORS": DOCTORS, "QUEUES": QUEUES, "SLOTS": SLOTS}  # fmt: skip
    with connection.cursor() as cursor:
        for statement in _FILL:
            cursor.execute(statement, given)
    return [Practice(number, day) for number in range(first, first + many)]


def receptionist(practice: Practice) -> dict[str, str]:
    """The cookies of somebody signed in at the desk of a doctor's clinic."""
    return receptionists(practice, 1)[0][1]


def receptionists(practice: Practice, many: int) -> list[tuple[UUID, dict[str, str]]]:
    """So many who are signed in at the desk of a doctor's clinic: who, and their cookies."""
    from clinics.models import Membership, Role, User

    made = []
    for _ in range(many):
        number = next(_receptionists)
        user = User.objects.create(email=f"desk-{number}@bench.example", name="Reena Thomas", password="!")
        Membership.objects.create(clinic_id=CLINICS + practice.number // 10, user=user, role=Role.RECEPTIONIST)
        made.append((user.pk, signed_in(user)))
    return made


def signed_in(user: object) -> dict[str, str]:
    """The cookies of somebody signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND,
                    HASH_SESSION_KEY: user.get_session_auth_hash()})  # fmt: skip
    session.create()
    return {"sessionid": session.session_key}


_FILL = (
    "INSERT INTO clinics_district (id, name, name_ml, slug) VALUES (1000, 'Bench', 'Bench', 'bench') "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO clinics_city (id, district_id, name, name_ml, slug, aliases, weight) "
    "VALUES (1000, 1000, 'Bench', 'Bench', 'bench', '{}', 1) ON CONFLICT DO NOTHING",
    "INSERT INTO doctors_specialty (id, slug, name, clinical_name, keywords, weight) "
    "VALUES (1000, 'bench', 'Bench', 'Bench', '{}', 1) ON CONFLICT DO NOTHING",
    "INSERT INTO clinics_clinic (id, name, slug, kind, status, phone, timezone, checks_people_in, late_goes_after, "
    "grace_minutes, undo_minutes, needs_second_factor, created_at) "
    "SELECT %(CLINICS)s + n, 'Lake Clinic ' || n, 'bench-' || n, 'clinic', 'approved', '+914842345678', "
    "'Asia/Kolkata', true, 3, 15, 5, false, now() FROM generate_series(%(first)s::int / 10, %(last)s::int / 10) AS n",
    "INSERT INTO clinics_branch (id, clinic_id, city_id, name, locality, address) "
    "SELECT id, id, 1000, 'Main', 'Vyttila', '12 Lake Road' FROM clinics_clinic "
    "WHERE id BETWEEN %(CLINICS)s + %(first)s / 10 AND %(CLINICS)s + %(last)s / 10",
    "INSERT INTO doctors_doctor (id, clinic_id, name, slug, status, gender, specialty_id, qualifications, "
    "registration_number, languages, about, fee_paise, consultation_minutes, is_shown, "
    "is_open_online, is_bookable_at_desk) "
    "SELECT %(DOCTORS)s + n, %(CLINICS)s + n / 10, 'Kavitha Rao', 'doctor-' || n, 'active', 'f', 1000, 'MBBS, MD', "
    "'TCMC 12345', '{English,Malayalam}', '', 40000, 10, true, true, true "
    "FROM generate_series(%(first)s::int, %(last)s::int) AS n",
    "INSERT INTO scheduling_slot (id, clinic_id, doctor_id, branch_id, date, starts_at, ends_at, capacity, held, "
    "booked, mode, is_blocked, is_void) SELECT %(SLOTS)s + n * %(slots)s + k, %(CLINICS)s + n / 10, %(DOCTORS)s + n, "
    "%(CLINICS)s + n / 10, %(day)s, start, start + interval '10 minutes', %(capacity)s, 0, 0, 0, false, false "
    "FROM generate_series(%(first)s::int, %(last)s::int) AS n CROSS JOIN generate_series(0, %(slots)s::int - 1) AS k "
    "CROSS JOIN LATERAL (SELECT (%(day)s::date + time '09:00') AT TIME ZONE 'Asia/Kolkata' + k * interval '10 minutes' "
    "AS start)",
    "INSERT INTO tokens_queue (id, clinic_id, doctor_id, date, last_number, version, doctor_state, note) "
    "SELECT %(QUEUES)s + n, %(CLINICS)s + n / 10, %(DOCTORS)s + n, %(day)s, 0, 0, 'not_arrived', '' "
    "FROM generate_series(%(first)s::int, %(last)s::int) AS n",
    # What was filled, and no more: of a table that was empty when it was analysed, plans that are kept read every row.
    "ANALYZE clinics_clinic, clinics_branch, doctors_doctor, scheduling_slot, tokens_queue",
)


def wrong(queues: Iterable[int]) -> dict[str, int]:
    """What must be nothing, counted in the database over these queues: duplicates, gaps, slots miscounted."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name, statement in _WRONG.items():
            cursor.execute(statement, {"queues": list(queues)})
            found[name] = cursor.fetchone()[0]
    return found


_WRONG = {
    "duplicates": "SELECT count(*) FROM (SELECT 1 FROM tokens_token WHERE queue_id = ANY(%(queues)s) "
    "GROUP BY queue_id, number HAVING count(*) > 1)",
    "gaps": "SELECT count(*) FROM (SELECT q.id FROM tokens_queue q LEFT JOIN tokens_token t ON t.queue_id = q.id "
    "WHERE q.id = ANY(%(queues)s) GROUP BY q.id "
    "HAVING count(t.id) <> q.last_number OR coalesce(max(t.number), 0) <> q.last_number)",
    "slots miscounted": "SELECT count(*) FROM scheduling_slot s JOIN tokens_queue q ON q.doctor_id = s.doctor_id "
    "AND q.date = s.date WHERE q.id = ANY(%(queues)s) AND (s.booked, s.held) IS DISTINCT FROM ("
    "(SELECT count(*) FROM scheduling_appointment a WHERE a.slot_id = s.id AND a.state = 'confirmed'), "
    "(SELECT count(*) FROM scheduling_hold h WHERE h.slot_id = s.id AND h.state = 'live'))",
    "tokens without an appointment": "SELECT count(*) FROM tokens_token t LEFT JOIN scheduling_appointment a "
    "ON a.token_id = t.id WHERE t.queue_id = ANY(%(queues)s) AND t.kind = 'booked' AND a.id IS NULL",
    "tokens without their one event": "SELECT count(*) FROM tokens_token t WHERE t.queue_id = ANY(%(queues)s) "
    "AND t.state = 'booked' AND (SELECT count(*) FROM tokens_tokenevent e WHERE e.token_id = t.id) <> 1",
}


def bookings() -> tuple[int, int, int]:
    """How many appointments, messages about them and audit rows there are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM scheduling_appointment), "
            "(SELECT count(*) FROM notifications_message WHERE kind = 'booked'), "
            "(SELECT count(*) FROM clinics_auditevent WHERE action = 'appointment.booked')"
        )
        return cursor.fetchone()
