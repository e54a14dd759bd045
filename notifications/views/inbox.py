"""The development inbox."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from clinics.access import public_page
from notifications.models import Message


@public_page(because="exists in development only, so that a newcomer finds the code")
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """The last 50 messages, codes included, newest first."""
    if not settings.SHOW_INBOX:
        raise Http404
    return render(request, "notifications/inbox.html", {"letters": Message.objects.order_by("-created_at")[:50]})
