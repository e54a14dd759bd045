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
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return browser


@pytest.fixture
def quick_passwords(settings: Any) -> None:
    """The usual hash takes a third of a second on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
