"""What patients choose to be told: in two taps, at once, and with a way back; and browsers that ask to be told."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from notifications import choosing, jobs
from notifications.models import Contact, Message, PushSubscription, Template
from tests import cast
from tests.racing import at_once
from tests.telling import KEYS, PUSH_KEY, Phone

pytestmark = pytest.mark.django_db

AT = "/me/messages/"


@pytest.fixture
def ashas(asha: Any, signed_in: Any) -> Client:
    """Asha's browser."""
    return signed_in(cast.phone_user())


def press(client: Client, **typed: str) -> str:
    return client.post(AT, typed, follow=True).content.decode()


def reminder(clinic: Any) -> Message:
    words = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "time": "9:00 am", "link": "http://x/"}
    return cast.message(kind="soon", clinic=clinic, **words)


def subscribe(client: Client, endpoint: str = "https://fcm.googleapis.com/fcm/send/abc", **more: Any) -> int:
    told = {"endpoint": endpoint, "keys": KEYS} | more
    return client.post("/push/subscribe/", json.dumps(told), content_type="application/json").status_code


# ── All but the essential, in two taps ─────────────────────────────────────────────────────────────────────────
def test_two_taps_stop_all_but_the_essential(ashas: Client, lake: Any, sms: Phone, clock: Any) -> None:
    assert f'href="{AT}"' in ashas.get("/me/").content.decode()
    page = press(ashas, set="stop")
    assert "Stopped: only what is essential is sent" in page
    assert "Start again" in page
    dropped, sent = reminder(lake), cast.news(clinic=lake)
    jobs.sweep()
    dropped.refresh_from_db()
    assert (dropped.state, dropped.reason) == ("dropped", "stopped")
    assert [it.message for it in sms.carried] == [str(sent.pk)]
    press(ashas, set="start")
    reminder(lake)
    jobs.sweep()
    assert len(sms.carried) == 2


def test_the_page_says_which_is_which(ashas: Client) -> None:
    page = ashas.get(AT).content.decode()
    essential, more = page.split("<h3>The rest: you may stop it</h3>")
    assert "<li>Booking confirmed</li>" in essential
    assert "Your turn is near" in more
    assert "Alert" not in page


def test_anothers_phone_is_not_touched(ashas: Client, signed_in: Any) -> None:
    press(ashas, set="stop")
    page = signed_in(cast.phone_user(phone=cast.BILALS_PHONE)).get(AT).content.decode()
    assert "Stop all but the essential" in page
    assert Contact.objects.count() == 1


# ── Ways and languages ─────────────────────────────────────────────────────────────────────────────────────────
def test_whatsapp_off_means_sms(ashas: Client, lake: Any, sms: Phone, whatsapp: Phone, clock: Any) -> None:
    press(ashas, set="whatsapp-off")
    cast.news(clinic=lake)
    jobs.sweep()
    assert (len(sms.carried), len(whatsapp.carried)) == (1, 0)
    press(ashas, set="whatsapp-on")
    cast.news(clinic=lake)
    jobs.sweep()
    assert (len(sms.carried), len(whatsapp.carried)) == (1, 1)


def test_malayalam_is_offered_once_there_is_a_message_in_it(ashas: Client) -> None:
    assert "മലയാളം" not in ashas.get(AT).content.decode()
    Template.objects.create(kind="near", language="ml", wording="{token}", category="service")
    assert "മലയാളം" in ashas.get(AT).content.decode()
    assert "Messages come in മലയാളം" in press(ashas, language="ml")
    assert Contact.objects.get().language == "ml"


@pytest.mark.parametrize(
    "typed", [{"set": "everything"}, {"language": "xx"}, {"browser": "x"}, {"browser": "0" * 36}, {}]
)
def test_what_is_no_choice_changes_nothing(ashas: Client, typed: dict[str, str]) -> None:
    press(ashas, **typed)
    assert not Contact.objects.exists()


def test_the_pages_cost_a_constant_number_of_queries(ashas: Client, django_assert_num_queries: Any) -> None:
    for number in range(5):
        subscribe(ashas, f"https://fcm.googleapis.com/fcm/send/{number}")
    with django_assert_num_queries(5):  # session, user; contact, browsers; languages
        ashas.get(AT)


# ── Browsers ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_browser_asks_to_be_told_and_not_to_be(ashas: Client) -> None:
    assert subscribe(ashas) == 204
    assert subscribe(ashas) == 204
    assert PushSubscription.objects.count() == 1
    page = ashas.get(AT).content.decode()
    assert "Chrome" in page
    assert str(PushSubscription.objects.get().pk) in page
    answer = ashas.post(
        "/push/unsubscribe/", json.dumps({"endpoint": "https://fcm.googleapis.com/fcm/send/abc"}),
        content_type="application/json",
    )  # fmt: skip
    assert (answer.status_code, PushSubscription.objects.count()) == (204, 0)


def test_a_browser_is_removed_without_javascript_by_its_own_phone_alone(ashas: Client, signed_in: Any) -> None:
    subscribe(ashas)
    browser = str(PushSubscription.objects.get().pk)
    press(signed_in(cast.phone_user(phone=cast.BILALS_PHONE)), browser=browser)
    assert PushSubscription.objects.count() == 1
    assert "That browser is told nothing any more." in press(ashas, browser=browser)
    assert PushSubscription.objects.count() == 0


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x", "https://127.0.0.1/x", "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com.example/", "https://user@fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x",
        "https://localhost/", "nothing", "", "https://fcm.googleapis.com/" + "x" * 1000, "https://[::1]/", "https://[",
    ],
)  # fmt: skip
def test_we_are_sent_to_no_other_address(ashas: Client, endpoint: str) -> None:
    assert subscribe(ashas, endpoint) == 400
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "{", '{"endpoint": 5}', '{"keys": []}'])
def test_nonsense_is_refused(ashas: Client, body: str) -> None:
    assert ashas.post("/push/subscribe/", body, content_type="application/json").status_code == 400
    assert ashas.post("/push/unsubscribe/", body, content_type="application/json").status_code == 204


def test_a_phone_has_ten_browsers_and_the_oldest_makes_room(ashas: Client) -> None:
    for number in range(12):
        assert subscribe(ashas, f"https://fcm.googleapis.com/fcm/send/{number}") == 204
    left = {it.endpoint.rsplit("/", 1)[1] for it in PushSubscription.objects.all()}
    assert left == {str(number) for number in range(2, 12)}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ten_browsers_are_ten_also_when_many_ask_at_once() -> None:
    key = cast.phone_user().phone_key

    def asking(number: int) -> Any:
        end = f"https://fcm.googleapis.com/fcm/send/{number}"
        return lambda: choosing.subscribe(key, endpoint=end, **KEYS)

    at_once(*[asking(number) for number in range(16)])
    assert PushSubscription.objects.count() == choosing.BROWSERS


def test_a_browser_given_to_somebody_else_is_told_of_their_visits_alone(ashas: Client, signed_in: Any) -> None:
    subscribe(ashas)
    bilals = signed_in(cast.phone_user(phone=cast.BILALS_PHONE))
    subscribe(bilals)
    assert PushSubscription.objects.get().contact.phone_key == cast.phone_user(phone=cast.BILALS_PHONE).phone_key


def test_the_button_is_there_where_this_browser_has_proved_the_tokens_phone(
    ashas: Client, dr_rao: Any, asha: Any, bilal: Any, settings: Any
) -> None:
    queue = cast.queue(doctor=dr_rao)
    mine, other = cast.token(queue=queue, patient=asha), cast.token(queue=queue, patient=bilal)
    assert "data-push" not in ashas.get(mine.get_absolute_url()).content.decode(), "no push is set up"
    settings.VAPID_PRIVATE_KEY = PUSH_KEY
    point = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
    expected = base64.urlsafe_b64encode(b"\x04" + point.x.to_bytes(32) + point.y.to_bytes(32)).rstrip(b"=").decode()
    assert f'data-push="{expected}"' in ashas.get(mine.get_absolute_url()).content.decode()
    assert f'data-push="{expected}"' in ashas.get(AT).content.decode()
    assert "data-push" not in ashas.get(other.get_absolute_url()).content.decode()
    assert "data-push" not in Client().get(mine.get_absolute_url()).content.decode()


def test_the_worker_is_a_script_at_the_root(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "showNotification" in answer.content.decode()


def test_who_came_in_with_a_pin_from_a_counter_changes_nothing(client: Any) -> None:
    """Reception could give itself a PIN for anybody's phone: it must not silence them."""
    client.force_login(cast.phone_user())
    session = client.session
    session["only_clinic"] = 1
    session.save()
    answer = client.post("/me/messages/", {"stop": "yes"})
    assert answer.url.startswith("/phone/")
    assert not Contact.objects.filter(stopped_at__isnull=False).exists()
