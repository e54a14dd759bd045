"""Proving a phone outside a booking, to see one's visits; and reception's PINs for those whose code never comes."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinics.access import public_page, staff_page
from clinics.models import Clinic, Role
from notifications import this_browser
from patients import challenges, pins, proving
from patients.browser import browser_of, forget, is_proved, let_in, send_code
from patients.challenges import ChallengeError
from patients.forms import CodeForm, CounterForm, PhoneForm, PinForm

OPEN = "anybody may prove a phone of their own"


@public_page(because=OPEN)
@never_cache
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for a mobile number and send a code to it."""
    after = _next(request)
    if is_proved(request):
        return redirect(after)
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_code(request, form.cleaned_data["phone"])
        except ChallengeError as error:
            if "again" not in request.POST:
                form.add_error("phone", str(error))
                forget(request)
                return render(request, "patients/phone.html", {"form": form, "next": after})
            messages.error(request, str(error))
        return redirect(f"{reverse('patients:code')}?{urlencode({'next': after})}")
    return render(request, "patients/phone.html", {"form": form, "next": after})


@public_page(because=OPEN)
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code and sign the browser in."""
    after = _next(request)
    challenge = challenges.open_challenge(browser=browser_of(request))
    if challenge is None:
        forget(request)
        return redirect(after if is_proved(request) else "patients:phone")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proof = proving.by_code(
                challenge=challenge, code=form.cleaned_data["code"], browser=browser_of(request)
            )  # fmt: skip
        except ChallengeError as error:
            form.add_error("code", str(error))
        else:
            return let_in(request, proof, redirect(after))
    context = {"form": form, "next": after, "challenge": challenge, "sending": proving.sending(challenge)}
    return render(request, "patients/code.html", context)


@public_page(because=OPEN)
@never_cache
def pin(request: HttpRequest) -> HttpResponse:
    """Ask for a phone and the PIN that reception gave for it: no message is needed for that."""
    after = _next(request)
    if is_proved(request):
        return redirect(after)
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if proof := proving.by_pin(**form.cleaned_data):
            return let_in(request, proof, redirect(after))
        form.add_error("code", pins.WRONG)
    return render(request, "patients/pin.html", {"form": form, "next": after})


@public_page(because="signs out whoever asks")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget this browser's phone, and tell it nothing any more: on a borrowed phone, for example."""
    this_browser.forget(request)
    logout(request)
    messages.success(request, "You are signed out. Your visits are kept.")
    return redirect("patients:phone")


@staff_page(Role.RECEPTIONIST, Role.ADMIN)
def give_pin(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Reception gives somebody at the counter a PIN, shown once."""
    form = CounterForm(request.POST or None)
    context = {"clinic": clinic, "form": form, "pin": None}
    if request.method == "POST" and form.is_valid():
        try:
            given, digits = pins.give(clinic=clinic, by=request.user, **form.cleaned_data)
            again = {} if digits else {"phone": request.POST["phone"]}
            context |= {"pin": given, "digits": digits, "form": CounterForm(initial=again)}
        except pins.PinError as error:
            form.add_error("phone", str(error))
    return render(request, "patients/give_pin.html", context)


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of ours, or the visits."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/me/"
