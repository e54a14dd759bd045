"""What the tests of printing have in common: a sheet in the table, one that is made, and the desk’s addresses."""

from typing import Any

import pytest
from django.urls import reverse

from tokens import pdf, printing
from tokens.models import Queue, Sheet

needs_pango = pytest.mark.skipif(pdf.HTML is None, reason="there is no Pango here: apt-get install libpangoft2-1.0-0")


def asked(queue: Queue, kind: str = Sheet.Kind.DAY, **fields: Any) -> Sheet:
    """A sheet straight in the table."""
    return Sheet.objects.create(clinic=queue.clinic, queue=queue, kind=kind, **fields)


def made(queue: Queue, kind: str = Sheet.Kind.DAY, **fields: Any) -> Sheet:
    """A sheet after a worker has had it."""
    sheet = asked(queue, kind, **fields)
    printing.make(str(sheet.pk))
    sheet.refresh_from_db()
    return sheet


def at(name: str, queue: Queue, *rest: Any) -> str:
    """The address of a page of the desk."""
    return reverse(f"tokens:{name}", args=[queue.clinic.slug, queue.doctor.slug, *rest])
