"""What a hold keeps becomes a booked place: in one statement for nearly everybody, step by step for the others."""

from django.db import connection
from django.db.models import F
from django.utils import timezone

from patients.models import Patient
from scheduling.errors import BookingError
from scheduling.free import nearest_free
from scheduling.models import Hold, Slot
from scheduling.services.places import let_go, take

# The hold and its place in one statement: what nearly every booking needs, and nothing that it does not.
_TAKE = """
    WITH kept AS (
        UPDATE scheduling_hold AS hold SET state = 'booked'
        WHERE hold.id = %(hold)s AND hold.state = 'live' AND hold.expires_at > %(now)s
          AND NOT EXISTS (SELECT FROM scheduling_bookingrules AS rules WHERE rules.clinic_id = hold.clinic_id
                          AND (rules.doctor_id IS NULL OR rules.doctor_id = hold.doctor_id))
        RETURNING hold.slot_id, hold.doctor_id
    ), taken AS (
        UPDATE scheduling_slot AS slot SET held = slot.held - 1, booked = slot.booked + 1 FROM kept
        WHERE slot.id = kept.slot_id AND NOT slot.is_blocked AND slot.held > 0
        RETURNING slot.id
    )
    SELECT EXISTS (SELECT FROM taken), EXISTS (
        SELECT FROM scheduling_waitlistentry AS waits
        WHERE waits.patient_id = %(patient)s AND waits.doctor_id = kept.doctor_id
          AND waits.state IN ('waiting', 'offered'))
    FROM kept
"""


def book_simply(hold: Hold, patient: Patient) -> tuple[bool, bool]:
    """Turn a live hold's place into a booked one, where the clinic has no rules to keep; its minute may have come
    meanwhile: it was held. Says whether that was all, and whether the patient may be on the doctor's waitlist."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"hold": hold.pk, "patient": patient.pk, "now": timezone.now()})
        kept = cursor.fetchone()
    if kept is None:
        return False, not patient._state.adding
    is_taken, may_wait = kept
    if not is_taken:
        raise _not_free(hold.slot)
    return True, may_wait


def book_with_care(hold: Hold, slot: Slot) -> None:
    """The place of a locked hold, step by step; when the hold has run out, whatever room is left."""
    if hold.is_expired or hold.state != Hold.State.LIVE:
        if hold.state == Hold.State.LIVE:
            let_go(hold)  # in the table too, or `take` would release it once more
        take(slot, as_="booked")
    elif not Slot.objects.filter(pk=slot.pk, is_blocked=False, held__gt=0).update(
        held=F("held") - 1, booked=F("booked") + 1
    ):
        raise _not_free(slot)
    hold.state = Hold.State.BOOKED
    hold.save(update_fields=["state"])


def _not_free(slot: Slot) -> BookingError:
    nearest = nearest_free(slot.doctor, to=slot)
    return BookingError("The doctor is not free at that time any more. Choose another time.", nearest=nearest)
