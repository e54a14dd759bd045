"""Sheets asked for at the desk: rows first, made by a worker after the commit, thrown away after a day."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clinics.models import User
from notifications.jobs import enqueue_job
from tokens import services
from tokens.errors import TokenError
from tokens.models import Purpose, Queue, Sheet

NUMBERS, MOST_NUMBERS = 20, 60  # kept numbers on a power-cut sheet
MOST_TOKENS = 500  # on one sheet
SECONDS = 60  # a sheet may take
TRIES = 3
KEPT = timedelta(days=1)
AT_ONCE = 20  # sheets a sweep looks after
JOB = "tokens.printing.make"  # by name: only a worker knows how PDF is made


def ask(*, queue: Queue, kind: str, by: User | None, numbers: int = 0) -> Sheet:
    """Have a sheet made of a queue as it stands; the same one, when it is asked for twice.

    A power-cut sheet has so many kept numbers: those that are kept and free already, and as many more as it takes.
    """
    if kind not in Sheet.Kind:
        raise TokenError("That is nothing that can be printed.")
    if kind != Sheet.Kind.POWER_CUT:
        numbers = 0
    elif not 1 <= numbers <= MOST_NUMBERS:
        raise TokenError(f"Between 1 and {MOST_NUMBERS} numbers fit on a sheet.")
    with transaction.atomic():
        services.lock_in_order(queue)
        waiting = queue.sheets.filter(kind=kind, numbers=numbers, state=Sheet.State.WAITING).first()
        if waiting is not None:
            return waiting
        if kind == Sheet.Kind.POWER_CUT:
            _keep_enough(queue, numbers, by=by)
        elif not queue.tokens.live().exists():
            raise TokenError("Nobody is to be seen now, so there is nothing to print.")
        if queue.tokens.live().count() > MOST_TOKENS:
            raise TokenError(f"More than {MOST_TOKENS} tokens do not fit on one sheet.")
        sheet = Sheet.objects.create(clinic_id=queue.clinic_id, queue=queue, kind=kind, asked_by=by, numbers=numbers)
        make_soon(sheet)
    return sheet


def _keep_enough(queue: Queue, numbers: int, *, by: User | None) -> None:
    """In a locked queue: keep more numbers back, unless enough are free."""
    free = queue.reserved.free().filter(purpose=Purpose.POWER_CUT).count()
    if free < numbers:
        services.reserve(queue=queue, how_many=numbers - free, purpose=Purpose.POWER_CUT, by=by)


def make_soon(sheet: Sheet) -> None:
    """Let a worker make it after the commit; with Redis away the sweep finds the row."""
    sheet_id = str(sheet.pk)

    def enqueue() -> None:
        enqueue_job(JOB, sheet_id, queue="default", seconds=SECONDS)

    transaction.on_commit(enqueue, robust=True)


def claim(sheet_id: UUID | str) -> Sheet | None:
    """The sheet, for whoever makes it now; None when somebody else does, or it is made."""
    with transaction.atomic():
        free = Sheet.objects.to_make().select_for_update(skip_locked=True)
        sheet = free.filter(pk=sheet_id).first()
        if sheet is not None:
            sheet.tries += 1
            sheet.begun_at = timezone.now()
            sheet.save(update_fields=["tries", "begun_at"])
    return sheet


def give_up(sheet: Sheet, why: str) -> None:
    """It cannot be made: say why."""
    sheet.state, sheet.error = Sheet.State.FAILED, why
    sheet.save(update_fields=["state", "error"])


def again(sheet: Sheet) -> None:
    """It could not be made this time: the sweep tries again, up to three times in all."""
    if sheet.tries >= TRIES:
        give_up(sheet, "It could not be made, three times over. Tell whoever looks after Oozham.")
    else:
        sheet.begun_at = None
        sheet.save(update_fields=["begun_at"])


def sweep() -> int:
    """Throw away what is a day old, and have made what was lost; returns how many."""
    Sheet.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
    with transaction.atomic():
        lost = list(Sheet.objects.lost().select_for_update(skip_locked=True).order_by("asked_at")[:AT_ONCE])
        for sheet in lost:
            if sheet.tries >= TRIES:
                give_up(sheet, "It could not be made: the worker stopped three times. Ask for less, or once more.")
            else:
                make_soon(sheet)
    return len(lost)
