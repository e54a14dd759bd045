"""The rules of signing in: how often a password may be tried, and who must prove a second factor."""

import time
from datetime import timedelta

from django.contrib.auth import authenticate, login
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp import login as remember_device
from django_otp import user_has_device, verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinics import audit
from clinics.models import AuditEvent, Clinic, Role, User
from clinics.sealed import blind_index
from clinics.shedding import network_of

TRIES = 10  # of one account from one network, since it last signed in there
TRIES_FROM_ANYWHERE = 100  # of one account: a stranger cannot easily lock its owner out
WINDOW = timedelta(minutes=15)
WORKING_DAY = timedelta(hours=14)  # staff share computers, so their sessions end by themselves
RECOVERY_CODES = 10
HALFWAY = "half_signed_in"
HALFWAY_SECONDS = 600


class SignInError(Exception):
    """Why somebody may not come in, in words for the person who tries."""


def check_password(request: HttpRequest, *, email: str, password: str) -> User:
    """The member of staff with this e-mail address and password, or a SignInError that gives nothing away."""
    account = blind_index(email, purpose="sign-in").hex()
    network = blind_index(network_of(request), purpose="network").hex()
    # The try is written down before it is counted: however many come at once, no more than TRIES look at the password.
    audit.record("sign_in.tried", clinic=None, by=None, about=account, network=network)
    events = AuditEvent.objects.filter(
        clinic=None, at__gt=timezone.now() - WINDOW, action__in=["sign_in.tried", "sign_in.passed"], object_id=account
    ).order_by("pk")
    here = everywhere = 0
    for event in events:
        everywhere += event.action == "sign_in.tried"
        if event.detail["network"] == network:
            here = 0 if event.action == "sign_in.passed" else here + 1
    if here > TRIES or everywhere > TRIES_FROM_ANYWHERE:
        raise SignInError("Too many tries for this address; try again in 15 minutes, or ask your clinic’s admin.")
    user = authenticate(request, username=email, password=password)
    if user is None or user.phone_key is not None:
        raise SignInError("This e-mail address and this password do not go together.")
    audit.record("sign_in.passed", clinic=None, by=user, about=account, network=network)
    return user


def needs_second_factor(user: User) -> bool:
    """Somebody who has one, or who works where one is asked for."""
    return user_has_device(user) or Clinic.objects.filter(memberships__user=user, needs_second_factor=True).exists()


def remember_halfway(request: HttpRequest, user: User, *, next_url: str) -> None:
    """Keep who has given the right password and has still to prove the second factor: nobody is signed in yet."""
    request.session.cycle_key()
    request.session[HALFWAY] = {
        "user": str(user.pk), "hash": user.get_session_auth_hash(), "next": next_url,
        "until": time.time() + HALFWAY_SECONDS,
    }  # fmt: skip


def halfway(request: HttpRequest) -> User | None:
    """Who may prove a second factor here: somebody with the right password just now, or signed in without one."""
    kept = request.session.get(HALFWAY)
    if kept and kept["until"] > time.time():
        user = User.objects.filter(pk=kept["user"], is_active=True, phone_key=None).first()
        if user and constant_time_compare(kept["hash"], user.get_session_auth_hash()):
            return user
    return request.user if request.user.is_authenticated and request.user.phone_key is None else None


def let_in(request: HttpRequest, user: User, *, device: TOTPDevice | StaticDevice | None = None) -> str:
    """Sign somebody in, under a new session key; returns the address they were on their way to, if any."""
    next_url = request.session.pop(HALFWAY, {}).get("next", "")
    login(request, user)
    if device is not None:
        remember_device(request, device)
    request.session.cycle_key()
    request.session.set_expiry(WORKING_DAY)
    return next_url


def check_code(user: User, code: str) -> TOTPDevice | StaticDevice:
    """The device that this code proves; each slows down after every wrong one, in the database."""
    model = TOTPDevice if code.isascii() and code.isdigit() and len(code) == 6 else StaticDevice
    waits = []
    for device in model.objects.filter(user=user, confirmed=True):
        allowed, reason = device.verify_is_allowed()
        if not allowed:
            waits.append(reason["locked_until"])
        elif proved := verify_token(user, device.persistent_id, code):
            return proved
    if waits:
        seconds = max(1, round((min(waits) - timezone.now()).total_seconds()))
        raise SignInError(f"After several wrong codes there is a pause: try again in {seconds} seconds.")
    raise SignInError("This code is wrong or has run out; the app shows a new one every 30 seconds.")


def new_device(user: User, *, key: str) -> TOTPDevice:
    """An authenticator app on its way in: not kept before its first code has been right."""
    return TOTPDevice(user=user, name="Authenticator app", key=key)


@transaction.atomic
def enrol(user: User, *, key: str, code: str) -> tuple[TOTPDevice, list[str]]:
    """Keep a new authenticator app and make recovery codes, after its first code; they are shown this once."""
    device = new_device(user, key=key)
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    if not (code.isascii() and code.isdigit() and totp.verify(int(code), device.tolerance)):
        raise SignInError("This code is not the one the app shows now; type the newest six digits.")
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if user_has_device(user):
        raise SignInError("An authenticator app is set up already; sign in again with a code from it.")
    device.last_t, device.drift = totp.t(), totp.drift
    device.save()
    recovery = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=recovery, token=code) for code in codes)
    audit.record("second_factor.set_up", clinic=None, by=user, about=user)
    return device, codes


def first_page(user: User) -> str:
    """Where the day begins: the desk, the doctor's list, or the back office."""
    roles = set(user.memberships.values_list("role", flat=True))
    if Role.RECEPTIONIST in roles:
        return reverse("tokens:desks")
    if Role.DOCTOR in roles:
        return reverse("tokens:today")
    if Role.ADMIN in roles:
        return reverse("tokens:desks")
    return reverse("admin:index") if user.is_superuser else "/"
