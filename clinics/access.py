"""Who may open what: every view says it with one of these decorators, and a test reads what they said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from clinics.compiled import CompiledQuery
from clinics.models import Clinic, Membership, Role, User

View = Callable[..., HttpResponse]
ONLY_CLINIC = "only_clinic"  # in the session of a phone that was proved by a PIN from a counter


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares: `kind` is public, patient, staff (one clinic's), own (all my clinics') or office."""

    kind: str
    roles: frozenset[Role] = frozenset()
    because: str = ""


def public_page(*, because: str) -> Callable[[View], View]:
    """Open to everybody; `because` says why that is safe ("numbers only, no names")."""

    def declare(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        page.access = Access("public", because=because)
        return page

    return declare


def patient_page(view: View) -> View:
    """For a browser whose phone has proved itself; anybody else is asked for a phone first."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_patient(request.user):
            return go_and_come_back(request, reverse("patients:phone"))
        return _kept_private(view(request, *args, **kwargs))

    page.access = Access("patient", because="a phone that has proved itself")
    return page


def own_phone_page(view: View) -> View:
    """For a browser that has read a code off its phone; a PIN from a clinic's counter speaks for that clinic alone."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if only_clinic(request) is not None:
            return go_and_come_back(request, reverse("patients:phone"))
        return view(request, *args, **kwargs)

    return patient_page(page)


def staff_page(*roles: Role) -> Callable[[View], View]:
    """For a clinic's own people in one of these roles (any, when none is named): `view(request, clinic, …)`.

    The address' `clinic` slug becomes the Clinic. Strangers, operators among them, get 404, colleagues in another
    role 403. `request.roles` says which roles this person has here.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, clinic: str, **kwargs: Any) -> HttpResponse:
            if not is_staff(request.user):
                return go_and_come_back(request, reverse("clinics:sign_in"))
            found = _PLACE.first(user=request.user.pk, slug=clinic)
            if found is None:
                raise Http404("No clinic of yours has this address.")
            request.roles = frozenset(found.my_roles)
            if roles and request.roles.isdisjoint(roles):
                raise PermissionDenied
            if found.needs_second_factor and not is_verified(request.user):
                return go_and_come_back(request, reverse("clinics:second_factor"))
            return _kept_private(view(request, found, *args, **kwargs))

        page.access = Access("staff", roles=frozenset(roles or Role))
        return page

    return declare


def own_page(*roles: Role) -> Callable[[View], View]:
    """For staff with one of these roles anywhere (any, when none is named): `view(request, clinics, …)`.

    For addresses without a clinic in them (/desk/, /today/): `clinics` are those where the person has such a role.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not is_staff(request.user):
                return go_and_come_back(request, reverse("clinics:sign_in"))
            places = list(_places(request.user.pk))
            if not places:
                raise Http404("No clinic counts you among its people.")
            clinics = [place for place in places if not roles or not set(roles).isdisjoint(place.my_roles)]
            if not clinics:
                raise PermissionDenied
            if any(clinic.needs_second_factor for clinic in clinics) and not is_verified(request.user):
                return go_and_come_back(request, reverse("clinics:second_factor"))
            return _kept_private(view(request, clinics, *args, **kwargs))

        page.access = Access("own", roles=frozenset(roles or Role))
        return page

    return declare


def is_patient(user: Any) -> bool:
    """Somebody whose phone has proved itself."""
    return user.is_authenticated and user.phone_key is not None


def only_clinic(request: HttpRequest) -> int | None:
    """The one clinic whose visits and family a browser may see; None when its phone was proved by a code."""
    return request.session.get(ONLY_CLINIC)


def is_staff(user: Any) -> bool:
    """Somebody who signed in with a password: never a patient, whatever memberships the phone's user were given."""
    return user.is_authenticated and user.phone_key is None


def is_verified(user: Any) -> bool:
    """A second factor was proved in this session; where nobody asked (a bare user in a socket), it was not."""
    return bool(getattr(user, "is_verified", bool)())


def roles_of(user: Any, clinic_id: int) -> frozenset[str]:
    """The roles of a member of staff at a clinic; none for patients, strangers and those switched off."""
    if not is_staff(user) or not user.is_active:
        return frozenset()
    return frozenset(Membership.objects.filter(user=user, clinic_id=clinic_id).values_list("role", flat=True))


def clinics_of(user: Any, *roles: Role) -> QuerySet[Clinic]:
    """The clinics at which somebody has one of these roles (any, when none is named)."""
    if not is_staff(user):
        return Clinic.objects.none()
    wanted = Q(memberships__role__in=roles) if roles else Q()
    return Clinic.objects.filter(wanted, memberships__user_id=user.pk).distinct()


def still_allowed(user_ids: Iterable[UUID], clinic_id: int, roles: Iterable[Role] = tuple(Role)) -> set[UUID]:
    """Which of these people may still look at a clinic's screens in these roles: one query for all the sockets."""
    return set(
        User.objects.filter(
            pk__in=set(user_ids), is_active=True, phone_key__isnull=True,
            memberships__clinic_id=clinic_id, memberships__role__in=list(roles),
        ).values_list("pk", flat=True)
    )  # fmt: skip


def go_and_come_back(request: HttpRequest, to: str) -> HttpResponse:
    """Send somebody to another page first, which leads back here; HTMX is told to leave the page for it."""
    if htmx := getattr(request, "htmx", None):
        back = htmx.current_url_abs_path or ""
        response = HttpResponse()
        response.headers["HX-Redirect"] = with_next(to, back)
        return _kept_private(response)
    if request.method in {"GET", "HEAD"}:
        back = request.get_full_path()
    else:  # an action cannot be opened again: back to the page it was pressed on
        referer = urlsplit(request.headers.get("Referer", ""))
        back = referer._replace(scheme="", netloc="").geturl() if referer.netloc == request.get_host() else ""
    return _kept_private(HttpResponseRedirect(with_next(to, back)))


def with_next(to: str, back: str) -> str:
    """An address that leads on to another one afterwards."""
    return f"{to}?{urlencode({'next': back}, safe='/')}" if back else to


def _kept_private(response: HttpResponse) -> HttpResponse:
    """What shows names is kept by no proxy and not shown again by the back button after signing out."""
    add_never_cache_headers(response)
    return response


def _places(user_id: UUID) -> QuerySet[Clinic]:
    """The clinics of a member of staff, each with `my_roles`: one query."""
    return Clinic.objects.filter(memberships__user_id=user_id).annotate(my_roles=ArrayAgg("memberships__role"))


_PLACE = CompiledQuery(lambda user, slug: _places(user).filter(slug=slug).order_by())
