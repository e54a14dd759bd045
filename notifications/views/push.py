"""Web push in a patient's browser: its worker, and asking to be told there, or not any more."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from clinics.access import own_phone_page, public_page
from notifications import choosing, this_browser
from notifications.choosing import PushError
from notifications.reading import read_json


@public_page(because="a script of ours, the same for everybody")
@require_safe
@cache_control(max_age=0, must_revalidate=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The script that shows messages while no page is open: at the root, or it could not open our pages."""
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8")


@cache
def _script() -> str:
    return (Path(settings.BASE_DIR) / "static" / "sw.js").read_text()


@own_phone_page
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """This browser is told from now on, of its own phone's visits."""
    told = read_json(request)
    keys = told.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    try:
        made = choosing.subscribe(
            request.user.phone_key, endpoint=_text(told, "endpoint"), p256dh=_text(keys, "p256dh"),
            auth=_text(keys, "auth"),
        )  # fmt: skip
    except PushError as error:
        return JsonResponse({"error": str(error)}, status=400)
    this_browser.remember(request, made)
    return HttpResponse(status=204)


@own_phone_page
@require_POST
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """This browser is told nothing any more."""
    choosing.unsubscribe(request.user.phone_key, endpoint=_text(read_json(request), "endpoint"))
    return HttpResponse(status=204)


def _text(told: Mapping[str, Any], name: str) -> str:
    return told[name] if isinstance(told.get(name), str) else ""
