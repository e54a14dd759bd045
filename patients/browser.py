"""The browser in front of us: a random secret in its session, to which holds and codes are bound."""

import secrets

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from clinics.models import User

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


def sign_in(request: HttpRequest, phone: str) -> User:
    """Sign a browser in with the phone it has just proved; its holds stay its own, its session key is renewed."""
    secret = browser_of(request)
    user = User.objects.with_phone(phone)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[KEY] = secret
    return user
