"""Kerala as it could be: the demo's data and how it is made. `manage.py seed_demo` puts it together."""

from __future__ import annotations

from clinics.models import Clinic
from config.demo import cast
from tokens.models import Token


def demo_sign_ins() -> list[str]:
    """Lines for the console: what to open and how to sign in; nothing where the database holds no demo."""
    if not Clinic.objects.filter(slug=cast.LAKE.slug).exists():
        return []
    doctor = cast.LAKE.doctors[0]
    ticket = [f"/t/{cast.TICKET}/"] if Token.objects.filter(code=cast.TICKET).exists() else []
    return [
        f"Patients:  /in/{cast.CITY}/  /c/{cast.LAKE.slug}/{doctor.slug}/  {' '.join(ticket)}",
        f"           phone {cast.PHONE} ({cast.ASHA.name}'s family); the code is in the terminal and at /dev/inbox/",
        f"Board:     /board/{cast.LAKE.board}/",
        f"Reception: /desk/{cast.LAKE.slug}/  {cast.LAKE.desk[1]}; the stranger is {cast.HILL.desk[1]}",
        f"Doctor:    /today/  {doctor.email}",
        f"Admin:     /admin/  {cast.LAKE.admin[1]} (clinic)  {cast.OPERATOR[1]} (platform)",
        f"Password of all of them: {cast.PASSWORD}",
    ]
