"""Doctors who were there before keep what they had: whoever was active is shown and can be booked as yesterday.

What is not known of them (no registration number, no languages) is found by the next sweep and said on their page.
"""

from django.db import migrations
from django.utils import timezone

BRANCHES = """
INSERT INTO doctors_doctorbranch (clinic_id, doctor_id, branch_id)
SELECT DISTINCT clinic_id, doctor_id, branch_id FROM scheduling_weeklyhours
ON CONFLICT DO NOTHING
"""
# Whoever is at work without hours sees walk-ins: at the clinic's first branch.
FIRST_BRANCH = """
INSERT INTO doctors_doctorbranch (clinic_id, doctor_id, branch_id)
SELECT doctor.clinic_id, doctor.id, min(branch.id)
FROM doctors_doctor AS doctor JOIN clinics_branch AS branch ON branch.clinic_id = doctor.clinic_id
WHERE doctor.status = 'active'
  AND NOT EXISTS (SELECT FROM doctors_doctorbranch AS known WHERE known.doctor_id = doctor.id)
GROUP BY doctor.clinic_id, doctor.id
"""
# Their number was shown to patients: the clinic's word was taken for it. The note tells an operator which these are.
LICENCES = """
UPDATE doctors_doctor
SET licence_status = 'verified', licence_checked_at = %s,
    licence_note = 'Taken over: at work before licences were checked here.'
WHERE status = 'active' AND registration_number <> ''
"""
FEES = "UPDATE doctors_doctor SET is_free = true WHERE status = 'active' AND fee_paise = 0"
LEVELS = """
UPDATE doctors_doctor SET is_shown = true, is_open_online = true, is_bookable_at_desk = true WHERE status = 'active'
"""


class Migration(migrations.Migration):
    dependencies = [("doctors", "0004_belonging_to_the_same_clinic"), ("scheduling", "0001_initial")]

    operations = [
        migrations.RunSQL([statement], migrations.RunSQL.noop)
        for statement in (BRANCHES, FIRST_BRANCH, (LICENCES, [timezone.now()]), FEES, LEVELS)
    ]
