"""What staff must look after: noticed once while it lasts, shown in the back office, told by e-mail."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinics.models import Clinic, Role, User
from notifications.kinds import Kind
from notifications.letters import Letter, made
from notifications.models import Alert


def notice(kind: str, *, said: str, clinic_id: int | None = None, subject: str = "") -> None:
    """Open an alert, or count one that is open already; e-mail whoever can do something, when it is new."""
    with transaction.atomic():
        about = {"kind": kind, "clinic_id": clinic_id, "subject": subject[:80]}
        said = said[:300]
        if open_one := Alert.objects.filter(**about, closed_at=None).first():
            _count(open_one, said)
            return
        _, is_new = Alert.objects.get_or_create(**about, closed_at=None, defaults={"said": said})
        if is_new:
            _tell(kind, said, clinic_id)


def _count(alert: Alert, said: str) -> None:
    """Noticed once more. Whoever notices it at the same moment is passed over: senders do not wait for each other."""
    free = Alert.objects.filter(pk=alert.pk, closed_at=None).select_for_update(skip_locked=True, of=("self",))
    if list(free.values_list("pk")):
        Alert.objects.filter(pk=alert.pk).update(last_at=timezone.now(), count=F("count") + 1, said=said)


def over(kind: str, *, clinic_id: int | None = None, subject: str | None = None) -> None:
    """Close an alert of itself: what it told of is over."""
    which = {"kind": kind, "clinic_id": clinic_id} | ({} if subject is None else {"subject": subject})
    Alert.objects.filter(**which, closed_at=None).update(closed_at=timezone.now())


def _tell(kind: str, said: str, clinic_id: int | None) -> None:
    """The admins of the clinic, or the operators of the platform."""
    people = User.objects.filter(is_active=True, email__isnull=False)
    if clinic_id is not None:
        people = people.filter(memberships__clinic=clinic_id, memberships__role=Role.ADMIN)
    else:
        people = people.filter(is_superuser=True)
    clinic = Clinic.objects.filter(pk=clinic_id).first() if clinic_id is not None else None
    what = f"{Alert.Kind(kind).label}{f' ({clinic})' if clinic else ''}: {said}"
    for email in people.distinct().values_list("email", flat=True):
        letter = Letter(to=email, about=None, variables={"what": what})
        made(Kind.ALERT, letter, clinic=None, due_at=timezone.now()).save(force_insert=True)  # the next sweep sends it
