"""The rule for those who come late: a clinic's, or a doctor's own. Today's screens say it anew."""

from dataclasses import asdict

from django.db import transaction

from clinics import audit
from clinics.models import Clinic, User
from doctors.models import Doctor
from tokens.changing import changing, lock_in_order
from tokens.late import Rule, rule_for
from tokens.models import LateRule, Queue


def set_late_rule(*, clinic: Clinic, doctor: Doctor | None, rule: Rule, by: User | None) -> Rule:
    """From now on this is the clinic's rule, or one doctor's own; who came late already keeps their place."""
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        own = LateRule.objects.filter(doctor=doctor).first() if doctor else None
        before = rule_for(clinic, own)
        if doctor is not None:
            LateRule.objects.update_or_create(
                doctor=doctor,
                defaults={
                    "clinic": clinic, "grace_minutes": rule.grace_minutes, "policy": rule.policy,
                    "goes_after": rule.goes_after, "max_recalls": rule.max_recalls,
                },
            )  # fmt: skip
        else:
            clinic.grace_minutes, clinic.late_policy = rule.grace_minutes, rule.policy
            clinic.late_goes_after, clinic.max_recalls = rule.goes_after, rule.max_recalls
            clinic.save(update_fields=["grace_minutes", "late_policy", "late_goes_after", "max_recalls"])
        about = doctor or clinic
        audit.record("late_rule.set", clinic=clinic, by=by, about=about, before=asdict(before), after=asdict(rule))
        _redraw(clinic, doctor)
    return rule


def drop_late_rule(*, doctor: Doctor, by: User | None) -> Rule:
    """A doctor goes by the clinic's rule again."""
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=doctor.clinic_id)
        after = rule_for(clinic, None)
        own = LateRule.objects.filter(doctor=doctor).first()
        if own is not None:
            before = asdict(rule_for(clinic, own))
            own.delete()
            audit.record("late_rule.dropped", clinic=clinic, by=by, about=doctor, before=before, after=asdict(after))
            _redraw(clinic, doctor)
    return after


def _redraw(clinic: Clinic, doctor: Doctor | None) -> None:
    """Every queue of now that goes by the rule is a version on."""
    queues = Queue.objects.running(clinic).select_related("doctor", "clinic")
    touched = list(queues.filter(doctor=doctor) if doctor else queues)
    lock_in_order(*touched)
    for queue in touched:
        with changing(queue):
            pass
