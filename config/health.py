"""Whether this process runs, and whether it can serve."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from clinics.access import public_page


@public_page(because="says only that the process runs")
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive."""
    return HttpResponse("ok", content_type="text/plain")


@public_page(because="says only whether the database answers")
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: the database answers. Redis is not asked: without it everything but instant pushes works."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({"database": "ok"})
