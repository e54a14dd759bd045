"""Who may open what: the rules, and every address there is."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, include, path
from django.urls.converters import IntConverter, SlugConverter, UUIDConverter

from clinics.access import (
    Access,
    clinics_of,
    own_page,
    patient_page,
    public_page,
    roles_of,
    staff_page,
    still_allowed,
)
from clinics.models import Clinic, Membership, Role
from tests import cast

pytestmark = pytest.mark.django_db

# ── Every address there is ─────────────────────────────────────────────────────────────────────────────────────
# The back office has one rule at its door (see test_backoffice), and these show nothing about anybody.
WITHOUT_DECLARATION = ("admin/", "healthz", "readyz", "metrics", "static/")


def every_address() -> Iterator[tuple[str, Access | None, dict[str, Any]]]:
    """Each address of the product outside the back office: as written, what it declares, its converters."""

    def walk(patterns: list[Any], before: str, names: dict[str, Any]) -> Iterator[Any]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if route.startswith(WITHOUT_DECLARATION):
                continue
            found = {**names, **pattern.pattern.converters}
            if isinstance(pattern, URLPattern):
                yield route, getattr(pattern.callback, "access", None), found
            else:
                yield from walk(pattern.url_patterns, route, found)

    yield from walk(get_resolver().url_patterns, "", {})


def address(route: str, names: dict[str, Any], clinic: Clinic) -> str:
    """An address of a clinic; whatever else it names does not exist."""
    for name, converter in names.items():
        made_up = {IntConverter: "999999", UUIDConverter: str(uuid.uuid4()), SlugConverter: "nobody"}
        value = clinic.slug if name == "clinic" else made_up.get(type(converter), "nothing")
        for kind in ("slug:", "uuid:", "int:", "str:", "path:", ""):
            route = route.replace(f"<{kind}{name}>", value)
    assert "<" not in route, f"a converter this test does not know: {route}"
    return f"/{route}"


def test_every_address_declares_who_may_open_it() -> None:
    assert [route for route, access, _ in every_address() if access is None] == []


def test_every_public_address_says_why_it_is_safe() -> None:
    public = [(route, access) for route, access, _ in every_address() if access and access.kind == "public"]
    assert public
    assert [route for route, access in public if len(access.because) < 10] == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_of_a_clinic_is_for_its_own_people_in_the_right_role(
    lake: Any, hema: Any, method: str, signed_in: Any
) -> None:
    by_role = {role: signed_in(cast.staff(clinic=lake, role=role, name=role.label)) for role in Role}
    stranger, patient = signed_in(hema), signed_in(cast.phone_user())
    tried = 0
    for route, access, names in every_address():
        if access is None or access.kind != "staff":
            continue
        tried += 1
        at = address(route, names, lake)
        assert getattr(Client(), method)(at).url.startswith("/sign-in/"), at
        assert getattr(patient, method)(at).url.startswith("/sign-in/"), at
        assert getattr(stranger, method)(at).status_code == 404, at
        for role, colleague in by_role.items():
            answer = getattr(colleague, method)(at)
            if role in access.roles:
                assert answer.status_code != 403, (at, role)
                assert not answer.headers.get("Location", "").startswith("/sign-in/"), (at, role)
            else:
                assert answer.status_code == 403, (at, role)
    assert tried


def test_every_address_of_ones_own_is_for_staff_in_the_right_role(lake: Any, signed_in: Any) -> None:
    outsider = signed_in(cast.staff(name="Out"))
    for route, access, names in every_address():
        if access is None or access.kind != "own":
            continue
        at = address(route, names, lake)
        assert Client().get(at).url.startswith("/sign-in/"), at
        assert outsider.get(at).status_code == 404, at
        for role in Role:
            colleague = signed_in(cast.staff(clinic=lake, role=role, name=f"{role} {uuid.uuid4()}"))
            assert (colleague.get(at).status_code == 403) == (role not in access.roles), (at, role)


def test_every_address_of_a_patient_asks_for_a_phone_first(lake: Any, reena: Any, signed_in: Any) -> None:
    for route, access, names in every_address():
        if access is not None and access.kind == "patient":
            at = address(route, names, lake)
            assert Client().get(at).url.startswith("/phone/?next="), at
            assert signed_in(reena).get(at).url.startswith("/phone/"), at


# ── The rules themselves, on pages made for the purpose ───────────────────────────────────────────────────────


@staff_page(Role.RECEPTIONIST)
def _desk(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    return HttpResponse(f"{clinic.name}: {', '.join(sorted(request.roles))}")


@own_page(Role.DOCTOR)
def _list(request: HttpRequest, clinics: list[Clinic]) -> HttpResponse:
    return HttpResponse(", ".join(clinic.name for clinic in clinics))


@patient_page
def _mine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine")


@public_page(because="says hello")
def _hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


_scratch = [path("x/<slug:clinic>/", _desk), path("own/", _list), path("mine/", _mine), path("hello/", _hello)]


@pytest.fixture
def rules(settings: Any) -> None:
    """The pages above, beside the product's own."""
    product = settings.ROOT_URLCONF

    class Addresses:
        urlpatterns = [*_scratch, path("", include(product))]

    settings.ROOT_URLCONF = Addresses


@pytest.mark.usefixtures("rules")
class TestRules:
    def test_a_clinics_own_people_come_in_with_their_roles(self, lake: Any, reena: Any, signed_in: Any) -> None:
        Membership.objects.create(user=reena, clinic=lake, role=Role.DOCTOR)
        assert signed_in(reena).get("/x/lake-clinic/").content == b"Lake Clinic: doctor, receptionist"

    def test_a_stranger_cannot_tell_a_clinic_from_none(self, lake: Any, hema: Any, signed_in: Any) -> None:
        client = signed_in(hema)
        assert client.get("/x/lake-clinic/").status_code == 404
        assert client.get("/x/no-such-clinic/").status_code == 404

    def test_an_operator_is_a_stranger_at_the_desk(self, lake: Any, operator: Any, signed_in: Any) -> None:
        assert signed_in(operator).get("/x/lake-clinic/").status_code == 404

    def test_a_colleague_in_another_role_is_told_so(self, lake: Any, lekha: Any, signed_in: Any) -> None:
        answer = signed_in(lekha).get("/x/lake-clinic/")
        assert answer.status_code == 403
        assert b"colleagues in another role" in answer.content

    def test_a_patients_phone_never_passes_for_staff_whatever_it_was_given(self, lake: Any, signed_in: Any) -> None:
        phone = cast.phone_user()
        Membership.objects.create(user=phone, clinic=lake, role=Role.RECEPTIONIST)
        assert signed_in(phone).get("/x/lake-clinic/").url == "/sign-in/?next=/x/lake-clinic/"
        assert roles_of(phone, lake.pk) == frozenset()
        assert still_allowed([phone.pk], lake.pk) == set()
        assert not clinics_of(phone).exists()

    def test_somebody_switched_off_is_out_at_once(self, lake: Any, reena: Any, signed_in: Any) -> None:
        client = signed_in(reena)
        assert client.get("/x/lake-clinic/").status_code == 200
        reena.is_active = False
        reena.save()
        assert client.get("/x/lake-clinic/").status_code == 302
        assert roles_of(reena, lake.pk) == frozenset()

    def test_where_a_second_factor_is_asked_for_a_password_is_not_enough(
        self, lake: Any, reena: Any, rao: Any, signed_in: Any
    ) -> None:
        lake.needs_second_factor = True
        lake.save()
        assert signed_in(reena).get("/x/lake-clinic/").url == "/sign-in/code/?next=/x/lake-clinic/"
        assert signed_in(rao).get("/own/").url == "/sign-in/code/?next=/own/"

    def test_htmx_is_told_to_leave_the_page_and_comes_back_to_it(self, lake: Any) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/lake-clinic/?q=1"}
        answer = Client().post("/x/lake-clinic/", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["HX-Redirect"] == "/sign-in/?next=/desk/lake-clinic/%3Fq%3D1"

    def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(self, lake: Any) -> None:
        pressed = Client().post("/x/lake-clinic/", headers={"Referer": "http://testserver/desk/lake-clinic/"})
        assert pressed.url == "/sign-in/?next=/desk/lake-clinic/"
        assert Client().post("/x/lake-clinic/", headers={"Referer": "http://evil.example/"}).url == "/sign-in/"

    def test_ones_own_page_lists_only_the_clinics_of_that_role(
        self, lake: Any, hill: Any, rao: Any, signed_in: Any
    ) -> None:
        Membership.objects.create(user=rao, clinic=hill, role=Role.RECEPTIONIST)
        assert signed_in(rao).get("/own/").content == b"Lake Clinic"

    def test_a_patients_page_opens_for_a_proved_phone_only(self, lake: Any, reena: Any, signed_in: Any) -> None:
        assert signed_in(cast.phone_user()).get("/mine/").content == b"mine"
        assert signed_in(reena).get("/mine/").url == "/phone/?next=/mine/"

    def test_pages_with_names_are_kept_by_nobody(self, lake: Any, reena: Any, signed_in: Any) -> None:
        for answer in (
            signed_in(reena).get("/x/lake-clinic/"),
            signed_in(cast.phone_user()).get("/mine/"),
            Client().get("/mine/"),
        ):
            assert "no-store" in answer.headers["Cache-Control"]
            assert "private" in answer.headers["Cache-Control"]

    def test_a_clinic_and_the_roles_in_it_are_one_query(
        self, lake: Any, reena: Any, signed_in: Any, django_assert_num_queries: Any
    ) -> None:
        client = signed_in(reena)
        with django_assert_num_queries(3):  # the session, the user, the clinic with the roles
            client.get("/x/lake-clinic/")


def test_who_may_still_look_is_one_query_for_all(
    lake: Any, reena: Any, rao: Any, lekha: Any, hema: Any, django_assert_num_queries: Any
) -> None:
    lekha.is_active = False
    lekha.save()
    everybody = [reena.pk, rao.pk, lekha.pk, hema.pk, uuid.uuid4()]
    with django_assert_num_queries(1):
        assert still_allowed(everybody, lake.pk) == {reena.pk, rao.pk}
    assert still_allowed(everybody, lake.pk, [Role.RECEPTIONIST]) == {reena.pk}


def test_the_clinics_of_somebody_by_role(lake: Any, hill: Any, reena: Any) -> None:
    Membership.objects.create(user=reena, clinic=hill, role=Role.DOCTOR)
    assert set(clinics_of(reena)) == {lake, hill}
    assert set(clinics_of(reena, Role.RECEPTIONIST)) == {lake}
    assert roles_of(reena, hill.pk) == {"doctor"}
