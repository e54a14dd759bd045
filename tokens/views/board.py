"""The waiting room's display."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from clinics.access import public_page
from tokens import screens
from tokens.models import Board


@public_page(because="numbers only, no names")
@never_cache
def board(request: HttpRequest, key: str) -> HttpResponse:
    """Now serving and next, for each doctor; the key in the address can be revoked."""
    board = Board.objects.select_related("clinic").filter(key=key, is_active=True).first()
    if board is None:
        return render(request, "tokens/board_off.html", status=404)
    screen = screens.of_clinic("board", board.clinic_id, board.pk)
    fragment = screens.draw_all(screen.topic, {screen}).get(screen)
    if fragment is None:  # revoked a moment ago
        return render(request, "tokens/board_off.html", status=404)
    if "fragment" in request.GET:
        return HttpResponse(fragment)
    context = {"board": board, "fragment": fragment, "now_ms": int(timezone.now().timestamp() * 1000)}
    return render(request, "tokens/board.html", context)
