"""The waiting room's display."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from clinics.access import public_page
from tokens import screens
from tokens.models import Board


@public_page(because="numbers only, no names")
@never_cache
def board(request: HttpRequest, key: str) -> HttpResponse:
    """Now serving and next, for each doctor; the key in the address can be revoked."""
    board = get_object_or_404(Board.objects.select_related("clinic"), key=key, is_active=True)
    fragment = screens.draw(screens.of_clinic("board", board.clinic_id, board.pk))
    if "fragment" in request.GET:
        return HttpResponse(fragment)
    return render(request, "tokens/board.html", {"board": board, "fragment": fragment})
