"""The browser in front of us: a random secret in its session, to which holds and codes are bound."""

import secrets

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from clinics.access import ONLY_CLINIC, is_patient, only_clinic
from clinics.models import User
from clinics.shedding import network_of
from notifications import this_browser
from patients import challenges, devices
from patients.proving import Proof

KEY = "browser"


def browser_of(request: HttpRequest) -> str:
    """The browser's secret, made at its first need; it outlives signing in.

    Two taps at once in a browser without a session yet get one: both carry the secret cookie of the page they were
    made on, which is renewed with every sign-in.
    """
    secret = request.session.get(KEY)
    if secret is None:
        secret = request.session[KEY] = _of_its_page(request) or secrets.token_urlsafe(24)
    return secret


def forget(request: HttpRequest) -> None:
    """A browser that came to nothing needs no session: when five hundred want the last place, nearly all do."""
    if request.session.session_key is None:
        request.session.flush()


def _of_its_page(request: HttpRequest) -> str:
    """What only this browser can have brought along, or nothing."""
    cookie = request.META.get("CSRF_COOKIE")
    return salted_hmac("patients.browser", cookie, algorithm="sha256").hexdigest() if cookie else ""


def send_code(request: HttpRequest, phone: str) -> None:
    """Send a code to a phone (E.164) for this browser."""
    challenges.send_code(
        phone=phone, browser=browser_of(request), address=network_of(request),
        device=devices.device_of(request, phone),
    )  # fmt: skip


def sign_in(request: HttpRequest, proof: Proof) -> User:
    """Sign a browser in with the phone it has just proved; its holds stay its own, its session key is renewed."""
    secret = browser_of(request)
    user = User.objects.with_phone(proof.phone)
    if request.user.is_authenticated and request.user != user:  # somebody else's phone was proved here before
        this_browser.forget(request)
    login(request, user)
    request.session[KEY] = secret
    if proof.only_clinic is None:
        request.session.pop(ONLY_CLINIC, None)
    else:
        request.session[ONLY_CLINIC] = proof.only_clinic
    return user


def let_in(request: HttpRequest, proof: Proof, response: HttpResponse) -> HttpResponse:
    """Sign a browser in and lead it on; one that has read a code off the phone is known from now on."""
    sign_in(request, proof)
    if proof.only_clinic is None:
        devices.remember(request, response, proof.phone)
    return response


def is_proved_at(request: HttpRequest, clinic_id: int) -> bool:
    """Whether the browser's phone counts at a clinic: proved by a code everywhere, by a PIN at its own clinic."""
    return is_patient(request.user) and only_clinic(request) in {None, clinic_id}


def is_proved(request: HttpRequest) -> bool:
    """Whether the browser's phone was proved by a code."""
    return is_patient(request.user) and only_clinic(request) is None
