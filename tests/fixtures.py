"""Lake Clinic with Dr Rao, Reena at reception, Lekha who runs it, and the patients Asha and Bilal;
Hill Clinic with Dr Hari, and with Hema, the stranger who must see nothing of Lake's."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def lake(db: None) -> Any:
    """Lake Clinic."""
    from tests import cast

    return cast.clinic(name="Lake Clinic")


@pytest.fixture
def hill(db: None) -> Any:
    """Hill Clinic, where strangers work."""
    from tests import cast

    return cast.clinic(name="Hill Clinic")


@pytest.fixture
def dr_rao(lake: Any) -> Any:
    """Dr Kavitha Rao of Lake Clinic."""
    from tests import cast

    return cast.doctor(clinic=lake, name="Kavitha Rao")


@pytest.fixture
def dr_hari(hill: Any) -> Any:
    """Dr Hari of Hill Clinic."""
    from tests import cast

    return cast.doctor(clinic=hill, name="Suresh Hari")


@pytest.fixture
def reena(lake: Any) -> Any:
    """Reena, receptionist of Lake Clinic."""
    from tests import cast

    return cast.staff(clinic=lake, name="Reena")


@pytest.fixture
def lekha(lake: Any) -> Any:
    """Lekha, admin of Lake Clinic."""
    from clinics.models import Role
    from tests import cast

    return cast.staff(clinic=lake, name="Lekha", role=Role.ADMIN)


@pytest.fixture
def rao(dr_rao: Any) -> Any:
    """Dr Rao as somebody who signs in."""
    from clinics.models import Role
    from tests import cast

    user = cast.staff(clinic=dr_rao.clinic, name="Kavitha Rao", role=Role.DOCTOR)
    dr_rao.user = user
    dr_rao.save(update_fields=["user"])
    return user


@pytest.fixture
def hema(hill: Any) -> Any:
    """Hema, receptionist of Hill Clinic: a stranger at Lake."""
    from tests import cast

    return cast.staff(clinic=hill, name="Hema")


@pytest.fixture
def operator(db: None) -> Any:
    """Omana, who runs the platform."""
    from tests import cast

    return cast.operator()


@pytest.fixture
def asha(db: None) -> Any:
    """Asha Thomas, a patient."""
    from tests import cast

    return cast.patient(name="Asha Thomas")


@pytest.fixture
def bilal(db: None) -> Any:
    """Bilal Rahman, a patient with another phone."""
    from tests import cast

    return cast.patient(name="Bilal Rahman", phone=cast.BILALS_PHONE)


@pytest.fixture
def signed_in() -> Callable[[Any], Any]:
    """A browser in which somebody is signed in: `signed_in(reena).get("/desk/")`."""
    from django.test import Client

    def browser(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def quick_passwords(settings: Any) -> None:
    """The usual hash takes a third of a second on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def both(lake: Any, hill: Any, dr_rao: Any, dr_hari: Any, asha: Any, bilal: Any, lekha: Any, hema: Any) -> None:
    """Lake with its Asha and Hill with its Bilal, a row of everything at each."""
    from tests import office

    office.fill(lake, dr_rao, asha, "LAKE")
    office.fill(hill, dr_hari, bilal, "HILL")


@pytest.fixture
def full(clock: Any, dr_rao: Any) -> Any:
    """Two times of Dr Rao on Tuesday, both booked, with patients of other phones."""
    from tests import waiting

    return [waiting.visit(dr_rao, f"2026-11-24 10:{at}0") for at in range(2)]


@pytest.fixture
def offer(full: Any, dr_rao: Any, asha: Any, bilal: Any) -> Any:
    """Asha has an offer of the waitlist; Bilal is behind her."""
    from scheduling.models import Offer
    from tests import waiting

    waiting.wait(dr_rao, asha)
    waiting.wait(dr_rao, bilal)
    waiting.call_off(full[0])
    return Offer.objects.get()


@pytest.fixture
def morning(clock: Any, dr_rao: Any) -> Any:
    """Ten, ten past ten and twenty past ten, on Dr Rao's Tuesday."""
    from tests import families

    return families.times(dr_rao, "10:00", "10:10", "10:20")


@pytest.fixture
def family(asha: Any) -> Any:
    """Asha with her mother and her son."""
    from tests import cast

    return [asha, cast.patient(name="Ammini Thomas"), cast.patient(name="Joel Thomas")]


@pytest.fixture
def room(dr_rao: Any) -> Any:
    """Dr Rao's queue."""
    from tests.waiting_room import queue

    return queue(doctor=dr_rao)


@pytest.fixture
def desk(signed_in: Callable[[Any], Any], reena: Any) -> Any:
    """Reena's browser."""
    return signed_in(reena)


@pytest.fixture
def newman(lake: Any) -> Any:
    """Dr Newman, of whom the clinic has typed a name."""
    from tests import cast

    made = cast.doctor(
        clinic=lake, name="Anna Newman", status="draft", qualifications="", languages=[], council="", fee_paise=0,
        registration_number="", licence_status="not_asked", is_shown=False, is_open_online=False,
        is_bookable_at_desk=False,
    )  # fmt: skip
    made.at_branches.all().delete()
    return made


@pytest.fixture
def kochi(db: None) -> Any:
    """Kochi with an old name and one in Malayalam: for modules marked to use it, whose clinics then stand in it."""
    from clinics.models import City, District

    ernakulam = District.objects.create(name="Ernakulam", name_ml="എറണാകുളം", slug="ernakulam")
    return City.objects.create(
        district=ernakulam, name="Kochi", name_ml="കൊച്ചി", slug="kochi", aliases=["cochin"], weight=9
    )
