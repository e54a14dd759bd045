"""What every request goes through."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def database_trouble(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer a page that says "again in a moment" when the database is away, never a stack trace."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, (OperationalError, InterfaceError)):
            return None
        logger.error("The database did not answer %s %s: %s", request.method, request.path, exception)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})

    middleware.process_exception = process_exception
    return middleware
