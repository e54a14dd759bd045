"""Signing in and out, for staff."""

import segno
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import user_has_device
from django_otp.plugins.otp_totp.models import default_key

from clinics import signing_in
from clinics.access import is_staff, is_verified, public_page, with_next
from clinics.forms import CodeForm, SignInForm
from clinics.models import User
from clinics.shedding import shed
from clinics.signing_in import SignInError

NEW_KEY = "new_second_factor"


@public_page(because="the way in for staff: shows nothing, asks for a password")
@shed("60/m")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for an e-mail address and a password."""
    next_url = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST" and is_staff(request.user):
        return redirect(next_url or signing_in.first_page(request.user))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        try:
            user = signing_in.check_password(request, **form.cleaned_data)
        except SignInError as error:
            form.add_error(None, str(error))
        else:
            if signing_in.needs_second_factor(user):
                signing_in.remember_halfway(request, user, next_url=next_url)
                return redirect("clinics:second_factor")
            signing_in.let_in(request, user)
            return redirect(next_url or signing_in.first_page(user))
    return _page(request, "clinics/sign_in.html", {"form": form, "next": next_url})


@public_page(because="the second step in for staff: only after the right password")
@shed("60/m")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for a code from the authenticator app, or a recovery code."""
    user = signing_in.halfway(request)
    next_url = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if user is None:
        return redirect("clinics:sign_in")
    if user == request.user and is_verified(request.user):
        return redirect(next_url or signing_in.first_page(user))
    if not user_has_device(user):
        return redirect(with_next(reverse("clinics:enrol"), next_url))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            device = signing_in.check_code(user, form.cleaned_data["code"])
        except SignInError as error:
            form.add_error("code", str(error))
        else:
            next_url = signing_in.let_in(request, user, device=device) or next_url
            _say_how_many_are_left(request, device)
            return redirect(next_url or signing_in.first_page(user))
    return _page(request, "clinics/second_factor.html", {"form": form, "next": next_url})


@public_page(because="setting up the second factor: only after the right password, and only the first one")
@shed("60/m")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: a QR code to scan, its first code to type, and recovery codes to keep."""
    user = signing_in.halfway(request)
    next_url = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if user is None:
        return redirect("clinics:sign_in")
    if user_has_device(user):
        return redirect("clinics:second_factor")
    key = request.session.setdefault(NEW_KEY, default_key())
    form = CodeForm(request.POST or None, only_digits=True)
    if form.is_valid():
        try:
            device, codes = signing_in.enrol(user, key=key, code=form.cleaned_data["code"])
        except SignInError as error:
            form.add_error("code", str(error))
        else:
            del request.session[NEW_KEY]
            next_url = signing_in.let_in(request, user, device=device) or next_url
            going = next_url or signing_in.first_page(user)
            return _page(request, "clinics/recovery_codes.html", {"codes": codes, "next": going})
    return _page(request, "clinics/enrol.html", {"form": form, "next": next_url, **_shown(user, key)})


@public_page(because="ends a session and shows nothing")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, on this machine."""
    logout(request)
    messages.info(request, "You are signed out.")
    return redirect("clinics:sign_in")


def _safe(request: HttpRequest, address: str) -> str:
    """An address of ours to go on to, or nothing."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else ""


def _page(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context)
    add_never_cache_headers(response)
    return response


def _shown(user: User, key: str) -> dict[str, str]:
    """A new key, as a QR code, a link and letters to type."""
    device = signing_in.new_device(user, key=key)
    picture = segno.make(device.config_url, error="m", micro=False)
    letters = device.config_url.partition("secret=")[2].partition("&")[0]
    return {
        "qr": mark_safe(picture.svg_inline(omitsize=True, svgclass="qr", lineclass=None, title="QR code")),  # noqa: S308
        "link": device.config_url,
        "letters": " ".join(letters[at : at + 4] for at in range(0, len(letters), 4)),
    }


def _say_how_many_are_left(request: HttpRequest, device: object) -> None:
    if hasattr(device, "token_set"):
        left = device.token_set.count()
        messages.info(request, f"That recovery code is used up; {left} {'is' if left == 1 else 'are'} left.")
