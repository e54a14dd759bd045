"""How many codes may go out within an hour: to a phone, for a network, in all. Counted exactly, in PostgreSQL.

The hour of a count begins with the first that is counted and ends by itself. Whoever takes of several counts takes
them in one order, the one that all share last, so that nobody waits in a circle and for the shared one only briefly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_interface, ip_network

from django.conf import settings
from django.db import connection
from django.utils import timezone

from clinics.sealed import blind_index
from patients.models import Quota

HOUR = timedelta(hours=1)
PER_PHONE = 5  # codes an hour to one phone, asked for by browsers that never proved it
PER_NETWORK = 60  # from one network address: many patients share one behind a mobile operator
PER_PREFIX = 240  # from one neighbourhood of addresses
PER_DEVICE = 5  # to a phone from a browser that has proved it before: nobody else can use these up
PIN_PER_PHONE, PIN_PER_CLINIC = 3, 60  # PINs an hour for one phone, and given by one clinic
NEIGHBOURHOOD = {4: 24, 6: 48}  # bits that a prefix has
Scope = Quota.Scope

_TAKE = """
    INSERT INTO patients_quota AS quota (scope, key, began_at, used, most)
    VALUES (%(scope)s, %(key)s, %(now)s, 1, %(most)s)
    ON CONFLICT (scope, key) DO UPDATE SET
        used = CASE WHEN quota.began_at <= %(past)s THEN 1 ELSE quota.used + 1 END,
        began_at = CASE WHEN quota.began_at <= %(past)s THEN EXCLUDED.began_at ELSE quota.began_at END,
        most = EXCLUDED.most
    WHERE quota.began_at <= %(past)s OR quota.used < EXCLUDED.most
    RETURNING used, began_at
"""
_FULL = "SELECT scope, began_at FROM patients_quota WHERE began_at > %s AND ({})"
_ONE_FULL = "scope = %s AND key = %s AND used >= %s"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many an hour of one thing; `key` is a fingerprint of it."""

    scope: str
    key: bytes
    most: int


class Full(Exception):
    """A limit is reached; it counts anew from `until` on."""

    def __init__(self, limit: Limit, until: datetime) -> None:
        super().__init__(limit.scope)
        self.limit, self.until = limit, until


def limits_of(*, phone_key: bytes, address: str | None, device: str) -> list[Limit]:
    """What counts for a code: a device that has proved the phone has counts of its own, out of strangers' reach."""
    if device:
        key = _key(f"{device}:{phone_key.hex()}")
        return [Limit(Scope.DEVICE, key, PER_DEVICE), budget(Scope.RETURNING)]
    limits = [Limit(Scope.PHONE, phone_key, PER_PHONE)]
    if address:
        bits = NEIGHBOURHOOD[ip_interface(address).version]
        prefix = ip_network(f"{address.partition('/')[0]}/{bits}", strict=False)
        limits += [Limit(Scope.NETWORK, _key(address), PER_NETWORK), Limit(Scope.PREFIX, _key(str(prefix)), PER_PREFIX)]
    return [*limits, budget(Scope.BUDGET)]


def limits_of_pin(*, clinic_id: int, phone_key: bytes) -> list[Limit]:
    """What counts for a PIN from the counter."""
    return [
        Limit(Scope.PIN_PHONE, phone_key, PIN_PER_PHONE),
        Limit(Scope.PIN_CLINIC, _key(f"clinic {clinic_id}"), PIN_PER_CLINIC),
    ]


def budget(scope: str) -> Limit:
    """What all codes to new browsers, or to returning ones, have between them."""
    most = settings.CODES_AN_HOUR if scope == Scope.BUDGET else settings.CODES_AN_HOUR_RETURNING
    return Limit(scope, b"all", most)


def must_have_room(limits: Sequence[Limit]) -> None:
    """Refuse what has no room as things stand, with one read and no lock: nearly all of a flood ends here."""
    now = timezone.now()
    asked = [part for limit in limits for part in (limit.scope, limit.key, limit.most)]
    with connection.cursor() as cursor:
        cursor.execute(_FULL.format(" OR ".join([_ONE_FULL] * len(limits))), [now - HOUR, *asked])
        full = dict(cursor.fetchall())
    for limit in limits:
        if limit.scope in full or limit.most < 1:
            raise Full(limit, full.get(limit.scope, now) + HOUR)


def take(limits: Sequence[Limit]) -> list[Limit]:
    """Count one more of each, or, where one is full, of none; returns those that are full from now on.

    Inside the caller's transaction: others who want the same wait until it is over, so the counts are exact.
    """
    now, filled = timezone.now(), []
    with connection.cursor() as cursor:
        for limit in limits:
            given = {"scope": limit.scope, "key": limit.key, "most": limit.most, "now": now, "past": now - HOUR}
            taken = None
            if limit.most > 0:
                cursor.execute(_TAKE, given)
                taken = cursor.fetchone()
            if taken is None:
                began = Quota.objects.filter(scope=limit.scope, key=limit.key).values_list("began_at", flat=True)
                raise Full(limit, (began.first() or now) + HOUR)
            if taken[0] == limit.most:
                filled.append(limit)
    return filled


def _key(text: str) -> bytes:
    """A fingerprint: whose address it was can be read in no table."""
    return blind_index(text, purpose="quota")
