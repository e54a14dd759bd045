"""What a page may load: the strict policy is on everything, whatever the answer is."""

from typing import Any

import pytest
from csp.utils import build_policy
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/", "/c/lake-clinic/dr-rao/", "/me/", "/in/nowhere/", "/admin/login/", "/sign-in/"]
)
def test_every_answer_says_what_it_may_load_and_nothing_is_unsafe(address: str, dr_rao: Any) -> None:
    said = Client().get(address).headers["Content-Security-Policy"]
    parts = dict(part.strip().partition(" ")[::2] for part in said.split(";"))
    assert "unsafe" not in said
    assert (parts["default-src"], parts["base-uri"], parts["frame-ancestors"]) == ("'none'",) * 3
    assert (parts["script-src"], parts["style-src"]) == ("'self'",) * 2
    assert said == build_policy()


def test_a_refused_form_says_it_too(dr_rao: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/c/lake-clinic/dr-rao/hold/", {"slot": "1"})
    assert answer.status_code == 403
    assert answer.headers["Content-Security-Policy"] == build_policy()
