"""What may follow what: a doctor's way from a draft to seeing patients, and the check of the licence, as two tables."""

from django.db import models


class Status(models.TextChoices):
    """Where a doctor stands at the clinic."""

    DRAFT = "draft", "Draft"
    PENDING = "pending", "Waiting for verification"
    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"


MAY_BECOME: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.PENDING}),
    Status.PENDING: frozenset({Status.DRAFT, Status.ACTIVE}),  # taken back; approved and put to work
    Status.ACTIVE: frozenset({Status.INACTIVE}),
    Status.INACTIVE: frozenset({Status.PENDING, Status.ACTIVE}),  # to be checked again; back from a long leave
}


TOO_EARLY = {Status.PENDING: "cannot be sent for verification yet", Status.ACTIVE: "cannot be activated yet"}


class Licence(models.TextChoices):
    """What is known of a doctor's registration with a medical council."""

    NOT_ASKED = "not_asked", "Not asked"
    WAITING = "waiting", "Waiting to be checked"
    VERIFIED = "verified", "Verified"
    FAILED = "failed", "Failed"


LICENCE_MAY_BECOME: dict[Licence, frozenset[Licence]] = {
    Licence.NOT_ASKED: frozenset({Licence.WAITING}),
    Licence.WAITING: frozenset({Licence.VERIFIED, Licence.FAILED}),
    Licence.VERIFIED: frozenset({Licence.WAITING, Licence.FAILED}),  # another number was typed; struck off
    Licence.FAILED: frozenset({Licence.WAITING, Licence.VERIFIED}),  # put right; the check was wrong
}
CHECKED = (Licence.VERIFIED, Licence.FAILED)
