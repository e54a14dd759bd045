"""What providers tell of a message: believed when it is signed, each thing once, and never backwards."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from notifications.delivery import receipts
from notifications.models import Dispatch, Message, Receipt, Sender
from tests import cast
from tests.hooks import handed_over, receipt, says, written
from tests.provider.receipts import signature
from tests.racing import at_once, meet_after, no_lock
from tests.telling import TWILIO

State, Fate = Message.State, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors", "twilio_account")]
WORDS = {"queued": Fate.ACCEPTED, "sent": Fate.SENT, "delivered": Fate.DELIVERED, "read": Fate.READ}


# ── Who speaks ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forged_receipt_is_refused_and_nothing_is_written(lake: Any) -> None:
    dispatch = handed_over()
    at, before = reverse("notifications:twilio_status", args=[dispatch.pk]), written()
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = signature("secret", f"{settings.PUBLIC_URL}{at}", fields)
    of_another = signature("secret", f"{settings.PUBLIC_URL}/hooks/twilio/{uuid4()}/", fields)
    of_other_words = signature("secret", f"{settings.PUBLIC_URL}{at}", fields | {"MessageStatus": "sent"})
    for forged in ("", "x", right[:-1], right.lower(), of_another, of_other_words, "സ്വാഗതം".encode().decode("latin-1")):
        assert says(at, fields, forged=forged) == 403
    assert says(at, fields, token="guessed") == 403
    assert Client().post(at, fields).status_code == 403
    assert written() == before
    assert says(at, fields) == 204


def test_without_a_token_of_ours_nobody_is_believed(settings: Any) -> None:
    dispatch = handed_over()
    settings.TWILIO = TWILIO | {"token": ""}
    assert receipt(dispatch, "delivered", token="") == 403


def test_a_clinics_own_account_signs_for_its_own_messages_alone(lake: Any, hill: Any) -> None:
    for clinic, token in ((lake, "lakes"), (hill, "hills")):
        Sender.objects.create(clinic=clinic, account_sid="AC9", auth_token=token, sms_from="X", is_active=False)
    lakes = handed_over(account=f"clinic-{lake.pk}", clinic=lake)
    assert [receipt(lakes, "delivered", token=it) for it in ("secret", "hills", "lakes")] == [403, 403, 204]
    platforms = handed_over(clinic=lake)
    assert [receipt(platforms, "delivered", token=it, MessageSid="SM2") for it in ("lakes", "secret")] == [403, 204]


def test_a_receipt_of_a_message_we_never_sent_is_not_found_and_only_noted(caplog: Any) -> None:
    handed_over()
    before, unknown = written(), Dispatch(pk=uuid4())
    assert receipt(unknown, "delivered", token="guessed") == 403
    assert receipt(unknown, "delivered") == 404
    assert receipt(handed_over("push"), "delivered") == 404, "a push has no receipts of Twilio's"
    assert str(unknown.pk) in caplog.text
    assert cast.ASHAS_PHONE not in caplog.text
    assert written()[2] == before[2]


def test_a_receipt_is_not_read_like_a_page() -> None:
    assert Client().get(f"/hooks/twilio/{handed_over().pk}/").status_code == 405


# ── What it says ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_word_leads_forward_and_counts_once() -> None:
    dispatch = handed_over("whatsapp")
    for word in ("delivered", "sent", "queued", "delivered", "read", "sent", "failed", "read"):
        assert receipt(dispatch, word) == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.provider_id, dispatch.message.state) == (Fate.READ, "SM1", State.DELIVERED)
    heard = [int(Fate.DELIVERED), int(Fate.SENT), int(Fate.ACCEPTED), int(Fate.READ), int(Fate.FAILED)]
    assert list(Receipt.objects.values_list("fate", flat=True)) == heard


def test_a_word_nobody_knows_is_passed_over() -> None:
    dispatch = handed_over()
    before = written()
    for word in ("", "receiving", "partially_delivered", "DELIVERED", "\0"):
        assert receipt(dispatch, word) == 204
    assert written() == before


@pytest.mark.django_db(transaction=True)
def test_a_failure_says_why_in_words_and_sets_out_on_the_next_way(doors: list[str]) -> None:
    dispatch = handed_over()
    assert receipt(dispatch, "undelivered", ErrorCode="30003") == 204
    dispatch.refresh_from_db()
    assert (dispatch.error_code, dispatch.error) == ("30003", "The phone is switched off or out of reach")
    assert (dispatch.message.state, dispatch.message.rung) == (State.WAITING, 1)
    assert doors == [str(dispatch.message_id)]
    receipt(dispatch, "undelivered", ErrorCode="30003")
    assert len(doors) == 1


@pytest.mark.parametrize("key", ["", "x" * 81, "SM 1", "SM1\0"])
def test_a_key_that_is_none_is_left_out(key: str) -> None:
    dispatch = handed_over()
    assert receipt(dispatch, "sent", MessageSid=key, ErrorCode="none\0") == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.provider_id, dispatch.error_code) == (Fate.SENT, "", "")


def test_a_key_that_is_anothers_is_left_out() -> None:
    first, second = handed_over(provider_id="SM1"), handed_over()
    assert receipt(second, "delivered") == 204
    second.refresh_from_db()
    assert (second.fate, second.provider_id, first.provider_id) == (Fate.DELIVERED, "", "SM1")


def test_a_receipt_costs_a_handful_of_statements(django_assert_max_num_queries: Any) -> None:
    dispatch = handed_over()
    with django_assert_max_num_queries(12):
        receipt(dispatch, "delivered")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_receipts_that_come_at_once_end_where_the_farthest_says() -> None:
    dispatch = handed_over("whatsapp")
    assert at_once(*[lambda word=word: receipt(dispatch, word) for word in (*WORDS, *WORDS)]) == [204] * 8
    dispatch.refresh_from_db()
    assert (dispatch.fate, Receipt.objects.count()) == (Fate.READ, len(WORDS))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_refuses_to_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair of the test above: all have read the same fate, and whoever writes an earlier one last is refused."""
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    meet_after(monkeypatch, receipts, "_is_new", 3)
    words, ended = ("sent", "delivered", "read"), []
    while not any(isinstance(it, IntegrityError) for it in ended) and len(ended) < 60:
        dispatch = handed_over("whatsapp")
        ended += at_once(*[lambda it=dispatch, word=word: receipt(it, word, MessageSid="") for word in words])
    assert any(isinstance(it, IntegrityError) for it in ended)
