"""What is saved as agreeing with the register can be sent; what is not refused at saving is not refused at sending."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clinics.models import Clinic
from notifications import jobs
from notifications.kinds import KINDS
from notifications.models import Message, Sender, Template
from notifications.registered import TemplateError, agree, render, run_together, text_for_register
from notifications.samples import values_for
from tests import cast
from tests.office import at
from tests.telling import Phone

WORDS = {"token": "1", "doctor": "Dr Rao", "place": "Lake Clinic and Hospital", "link": "http://x/"}
IDS = {"dlt_entity": "1101", "dlt_header": "LAKE", "dlt_template": "1107"}


def is_sent(wording: str, register: str, values: dict[str, str]) -> bool:
    """Whether a message can be made of it."""
    try:
        return bool(render(wording, values, register=register))
    except TemplateError:
        return False


# ── White space ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wording", "register", "is_one"),
    [
        ("Token {token} at {place}.", " Token  {#numeric#} at\u00a0{#alphanumeric#}.\r\n", True),
        ("Token {token} at {place}. {link}", "Token {#numeric#} at {#alphanumeric#}.\n{#url#}", True),
        ("{doctor}’s token {token}", "{#var#}'s token {# numeric #}", True),
        ("Token {token} at {place}.", "Token {#numeric#}at {#alphanumeric#}.", False),
        ("Token {token} at {place}.", "Token {#numeric#} at {#alphanumeric#} .", False),
        ("Token {token} at {place}.", "Token {#alphanumeric#} at {#alphanumeric#}.", False),
        ("Token {token}", "Token {#numeric#} Buy now", False),
        ("Token {token}", "Token {#numeric#}{#numeric#}", False),
        ("Token {token}", "Token 1", False),
    ],
)
def test_what_agrees_with_the_register_is_sent_and_nothing_else(wording: str, register: str, is_one: bool) -> None:
    assert (agree(wording, register), is_sent(wording, register, WORDS)) == (is_one, is_one)


@pytest.mark.parametrize("kind", list(KINDS))
@given(gaps=some.lists(some.sampled_from([" ", "  ", "\n", "\r\n", "\t", "\u00a0 "]), min_size=60, max_size=60))
def test_however_the_register_is_copied_every_kind_is_sent_as_it_is_worded(kind: str, gaps: list[str]) -> None:
    wording, values = KINDS[kind].wording, values_for(kind)
    words = text_for_register(wording).split()
    copied = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    assert agree(wording, copied)
    assert render(wording, values, register=copied).split() == wording.format_map(values).split()


@pytest.mark.django_db
def test_a_clinic_that_copies_its_register_with_a_line_break_reaches_its_patients(
    lake: Clinic, signed_in: Any, lekha: Any, sms: Phone
) -> None:
    Sender.objects.create(clinic=lake, account_sid="AC9", auth_token="t", sms_from="LAKE")
    typed = {
        "clinic": lake.pk, "kind": "added", "language": "en", "category": "service", "content_sid": "", **IDS,
        "wording": "Token {token} with {doctor}. {link}",
        "registered_text": "Token  {#numeric#} with {#alphanumeric#}.\r\n{#url#}",
    }  # fmt: skip
    assert signed_in(lekha).post(at(Template, "add"), typed).status_code == 302
    cast.message(kind="added", clinic=lake, **WORDS)
    jobs.sweep()
    assert [text for _, text in sms.said] == ["Token 1 with Dr Rao. http://x/"]


# ── Places next to each other ──────────────────────────────────────────────────────────────────────────────────
def test_no_wording_keeps_the_sender_busy() -> None:
    wording, register = "{place}" * 200 + "\n\n.", "{#alphanumeric#}" * 200 + " !"
    began = time.perf_counter()
    assert not is_sent(wording, register, WORDS)
    assert is_sent(wording, register[:-1] + ".", WORDS)
    assert time.perf_counter() - began < 0.5


@pytest.mark.django_db
def test_what_was_saved_before_holds_up_nobody(lake: Clinic, hill: Clinic, sms: Phone) -> None:
    Sender.objects.create(clinic=lake, account_sid="AC9", auth_token="t", sms_from="LAKE")
    Template.objects.create(
        clinic=lake, kind="added", category="service", wording="{place}" * 6 + "\n.", **IDS,
        registered_text="{#alphanumeric#}" * 6 + " !",
    )  # fmt: skip
    bad = cast.message(kind="added", clinic=lake, **WORDS)
    cast.message(kind="added", clinic=hill, to=cast.BILALS_PHONE, **WORDS)
    began = time.perf_counter()
    jobs.sweep()
    assert time.perf_counter() - began < 5
    bad.refresh_from_db()
    assert (bad.state, bad.reason) == (Message.State.FAILED, Message.Reason.TEMPLATE)
    assert [to for to, _ in sms.said] == [cast.BILALS_PHONE]


def test_two_variables_have_something_between_them() -> None:
    assert run_together("{place}{doctor}: {token}") == "{place}{doctor}"
    assert run_together("At {place} {doctor}{token}{ahead}") == "{doctor}{token}"
    for wording in ("{place} {doctor}", "{place}.{doctor}", "{place}", "", "{token}\n{link}"):
        assert run_together(wording) == ""
    assert not any(run_together(rules.wording) for rules in KINDS.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"wording": "Soon: {doctor}{place}"}, "Put a word, a mark or a space between {doctor}{place}."),
        ({"wording": "Soon! " * 400}, "Write at most 2000 characters"),
        ({"wording": "Soon", "registered_text": "Soon" + " " * 2000 + "."}, "Write at most 2000 characters"),
    ],
)
def test_a_wording_nobody_could_register_is_refused_in_words(
    typed: dict[str, str], said: str, operator: Any, signed_in: Any
) -> None:
    near = Template.objects.get(clinic=None, kind="near", language="en")
    sent = {"category": near.category, "registered_text": "", "dlt_entity": "", "dlt_header": "", "dlt_template": "",
            "content_sid": ""} | typed  # fmt: skip
    page = signed_in(operator).post(at(Template, "change", near.pk), sent)
    assert page.status_code == 200
    assert said in page.content.decode()
