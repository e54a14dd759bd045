"""Saying that one is here, with the waiting room's screen as the proof of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from clinics.access import is_patient, public_page
from clinics.shedding import is_too_much, shed
from clinics.templatetags.words import people
from patients.browser import is_proved_at
from tokens import presence, screens, self_check_in
from tokens.forms import HereForm
from tokens.models import Board, Token
from tokens.self_check_in import Arrival

UNKNOWN = "No token of today has this number and goes with these digits. Look at them again, or tell the desk."
TRIES = "6/10m"  # of one number at one clinic: four digits cannot be guessed so


@public_page(because="the screen's stamp proves the visitor is there, and shows them their own phone's tokens alone")
@never_cache
@shed("120/m")
def here(request: HttpRequest, key: str, stamp: str) -> HttpResponse:
    """Who of this phone has come? Looking changes nothing; the press goes by the proof in its form."""
    board, now = Board.objects.select_related("clinic").filter(key=key, is_active=True).first(), timezone.now()
    proof = request.POST.get("proof", "")
    if board is not None and request.method == "POST" and presence.is_proved(board, proof, now):
        return _press(request, board, proof)
    if board is not None and request.method != "POST" and presence.is_seen(board, stamp, now):
        return _page(request, board, presence.proof(board, now), _own(request, board))
    return render(request, "tokens/here_over.html", status=410)


def _press(request: HttpRequest, board: Board, proof: str) -> HttpResponse:
    """Mark who is here: of the phone's own tokens those that are ticked, of others the one that was described."""
    own = _own(request, board)
    if "number" not in request.POST:
        chosen = _ticked(request, own)
        return _own_page(request, chosen) if chosen else _page(request, board, proof, own, sorry="Tick who is here.")
    form = HereForm(request.POST)
    if not form.is_valid():
        return _page(request, board, proof, own, form=form)
    number, end = form.cleaned_data["number"], form.cleaned_data["end"]
    too_much = is_too_much(request, group="here", rate=TRIES, key=lambda _: f"{board.clinic_id}:{number}")
    found = [] if too_much else self_check_in.of_number(board.clinic, number=number, phone_end=end)
    if not found:
        form.add_error(None, UNKNOWN)
        return _page(request, board, proof, own, form=form)
    chosen = found if len(found) == 1 else _ticked(request, found)
    if not chosen:  # the same number of several doctors
        return _page(request, board, proof, own, form=form, found=found)
    return render(request, "tokens/here_done.html", {"clinic": board.clinic, "done": _arrive(request, chosen)})


def _own(request: HttpRequest, board: Board) -> list[Token]:
    """Today's tokens of the browser's own phone, where it counts here: a PIN does at the clinic that gave it."""
    is_known = is_proved_at(request, board.clinic_id)
    return self_check_in.of_browser(request.user, board.clinic) if is_known else []


def _ticked(request: HttpRequest, tokens: list[Token]) -> list[Token]:
    ticked = set(request.POST.getlist("token"))
    return [token for token in tokens if str(token.pk) in ticked]


def _arrive(request: HttpRequest, tokens: list[Token]) -> list[tuple[Arrival, str]]:
    """Mark them, and say of each how many are before."""
    by = request.user if is_patient(request.user) else None
    arrivals = [self_check_in.arrive(token, by=by) for token in tokens]
    return [(arrival, _before(arrival.token) if arrival.is_here else "") for arrival in arrivals]


def _before(token: Token) -> str:
    picture = screens.newest(token.queue_id)
    place = picture.place(token.pk)
    wait = place and picture.wait_of(place, now=timezone.now())
    return f"{people(len(picture.ahead_of(place)))} before you, {wait}" if wait else ""


def _own_page(request: HttpRequest, tokens: list[Token]) -> HttpResponse:
    """On to the token's page, the family's, or all visits: these are the phone's own, and it may see them."""
    for arrival, _ in _arrive(request, tokens):
        (messages.success if arrival.is_here else messages.warning)(request, arrival.said)
    if len(tokens) == 1:
        return redirect(tokens[0])
    if tokens[0].party and len({token.party for token in tokens}) == 1:
        return redirect("tokens:party", tokens[0].code)
    return redirect("scheduling:visits")


def _page(
    request: HttpRequest, board: Board, proof: str, own: list[Token], *, sorry: str = "", form: HereForm | None = None,
    found: list[Token] | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "clinic": board.clinic, "proof": proof, "own": own, "sorry": sorry, "form": form or HereForm(),
        "found": found, "is_known": is_proved_at(request, board.clinic_id),
        "may_arrive": any(token.state in self_check_in.EXPECTED for token in own),
    }  # fmt: skip
    return render(request, "tokens/here.html", context)
