"""The search's own people: Lake Clinic in Kochi with Dr Rao and Dr Kurian, on a Tuesday morning."""

from typing import Any

import pytest


@pytest.fixture
def tuesday(db: None) -> Any:
    """Tuesday 24 November, eight in the morning in Kerala."""
    from tests.clock import clock_at
    from tests.searching import TUESDAY

    with clock_at(TUESDAY) as clock:
        yield clock


@pytest.fixture
def kochi(tuesday: Any, kochi: Any) -> Any:
    """The same city, on that morning."""
    return kochi


@pytest.fixture
def lake(kochi: Any) -> Any:
    """Lake Clinic in Kaloor."""
    from tests import cast

    return cast.clinic(name="Lake Clinic")


@pytest.fixture
def heart(db: None) -> Any:
    """What patients call cardiology."""
    from doctors.models import Specialty

    return Specialty.objects.create(
        slug="heart", name="Heart", clinical_name="Cardiology", keywords=["chest pain", "ഹൃദയം"], weight=5
    )


@pytest.fixture
def rao(lake: Any) -> Any:
    """Kavitha Rao: general medicine, ₹300, a woman who speaks Malayalam and Hindi; free today at ten."""
    from tests import cast
    from tests.clock import ist

    made = cast.doctor(clinic=lake, gender="f", languages=["Malayalam", "Hindi"])
    cast.slot(doctor=made, starts_at=ist("2026-11-24 10:00"))
    return made


@pytest.fixture
def kurian(lake: Any, heart: Any) -> Any:
    """Joseph Kurian: hearts, ₹500, a man who speaks Malayalam and English; free tomorrow at five in the evening."""
    from tests import cast
    from tests.clock import ist

    made = cast.doctor(
        clinic=lake,
        name="Joseph Kurian",
        specialty=heart,
        gender="m",
        fee_paise=50000,
        languages=["Malayalam", "English"],
    )
    cast.slot(doctor=made, starts_at=ist("2026-11-25 17:00"))
    return made
