"""What every request goes through."""

import logging
from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.views.defaults import page_not_found

logger = logging.getLogger(__name__)


def database_trouble(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer a page that says "again in a moment" when the database is away, never a stack trace."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError) and "NUL" in str(exception):  # text nobody types: PostgreSQL keeps none
            return HttpResponse(render_to_string("400.html"), status=400)
        if not isinstance(exception, (OperationalError, InterfaceError)):
            return None
        logger.error("The database did not answer %s %s: %s", request.method, request.path, exception)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})

    middleware.process_exception = process_exception
    return middleware


class OnePolicy(CSPMiddleware):
    """django-csp's header, made once: every page has the same, and none a nonce of its own."""

    @cached_property
    def _policy(self) -> str:
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if settings.DEBUG:  # Django's own page of an error has a style of its own
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


def own_not_found(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """While developing too, a wrong address gets our page, not a list of patterns: the demo runs with DEBUG."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        nowhere = response.status_code == 404 and request.resolver_match is None
        return page_not_found(request, Http404()) if settings.DEBUG and nowhere else response

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page_not_found(request, exception) if settings.DEBUG and isinstance(exception, Http404) else None

    middleware.process_exception = process_exception
    return middleware
