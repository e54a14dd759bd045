"""What messages cost a clinic, and its monthly cap: kept under the lock of one row a clinic and month. In paise."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from notifications import alerts
from notifications.channels import Account
from notifications.gsm import segments
from notifications.models import Alert, Policy, Spending

WARNS_AT = 80  # percent of the cap


def this_month() -> date:
    """The first day of the month, in Kerala."""
    return timezone.localdate().replace(day=1)


def price(channel: str, account: Account, text: str) -> tuple[int, int]:
    """Parts and paise of one message this way; push, e-mail and the development inbox cost nothing."""
    if channel == "sms":
        parts = segments(text)
        return parts, parts * account.sms_paise
    return 1, account.whatsapp_paise if channel == "whatsapp" else 0


class Purses:
    """The sums of this month of some clinics, locked until the transaction ends; always in one order."""

    def __init__(self, clinic_ids: Collection[int], policies: Mapping[int, Policy]) -> None:
        self.month, self.policies = this_month(), policies
        self.rows = self._locked(clinic_ids)
        self.before = {clinic_id: row.paise for clinic_id, row in self.rows.items()}

    def take(self, clinic_id: int | None, paise: int, *, always: bool = False) -> bool:
        """Spend so much for a clinic; False, and nothing spent, where that is more than its cap allows.

        `always`: what no cap stops. Nobody is kept out because reminders have cost too much.
        """
        if clinic_id is None or not paise:
            return True
        row, cap = self.rows[clinic_id], self._cap(clinic_id)
        if cap is not None and row.paise + paise > cap and not always:
            self._warn(
                clinic_id, Alert.Kind.CAP, f"The cap of ₹{cap / 100:.2f} is reached: messages wait for your word."
            )
            return False
        row.paise += paise
        return True

    def close(self) -> None:
        """Write the sums that have changed, and warn whoever has come near the cap."""
        for clinic_id, row in self.rows.items():
            if row.paise == self.before[clinic_id]:
                continue
            row.save(update_fields=["paise"])
            cap = self._cap(clinic_id)
            near = cap is not None and cap * WARNS_AT // 100
            if cap is not None and self.before[clinic_id] < near <= row.paise:
                self._warn_once(clinic_id, f"₹{row.paise / 100:.2f} of ₹{cap / 100:.2f} are spent this month.")

    def _cap(self, clinic_id: int) -> int | None:
        policy = self.policies.get(clinic_id)
        return policy.monthly_cap_paise if policy else None

    def _warn_once(self, clinic_id: int, said: str) -> None:
        """That the cap is near is said once a month, whoever has seen to it and whatever was given back since."""
        about = {"kind": Alert.Kind.CAP_NEAR, "clinic_id": clinic_id, "subject": f"{self.month:%Y-%m}"}
        if not Alert.objects.filter(**about).exists():
            self._warn(clinic_id, Alert.Kind.CAP_NEAR, said)

    def _warn(self, clinic_id: int, kind: str, said: str) -> None:
        alerts.notice(kind, clinic_id=clinic_id, subject=f"{self.month:%Y-%m}", said=said)

    def _locked(self, clinic_ids: Collection[int]) -> dict[int, Spending]:
        if not clinic_ids:
            return {}
        rows = Spending.objects.filter(clinic__in=clinic_ids, month=self.month).select_for_update().order_by("clinic")
        found = {row.clinic_id: row for row in rows}
        if missing := set(clinic_ids) - set(found):
            new = [Spending(clinic_id=clinic_id, month=self.month) for clinic_id in sorted(missing)]
            Spending.objects.bulk_create(new, ignore_conflicts=True)
            for clinic_id in sorted(missing):  # a new month: whatever was said of the last one's cap is over
                alerts.over(Alert.Kind.CAP, clinic_id=clinic_id)
                alerts.over(Alert.Kind.CAP_NEAR, clinic_id=clinic_id)
            found = {row.clinic_id: row for row in rows.all()}
        return found


def give_back(clinic_id: int | None, paise: int, month: date) -> None:
    """What was certainly not sent is not paid for."""
    if clinic_id is not None and paise:
        Spending.objects.filter(clinic=clinic_id, month=month).update(paise=Greatest(F("paise") - paise, 0))
