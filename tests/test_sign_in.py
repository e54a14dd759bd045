"""Staff sign in: a password, and a second factor where one is asked for."""

import time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinics import signing_in
from clinics.models import AuditEvent, Role
from clinics.shedding import address_of
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

PASSWORD = "seven boats at dawn"
KEY = "3132333435363738393031323334353637383930"


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    """Load shedding counts from nothing."""
    cache.clear()


def type_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    """Fill in the first form."""
    return client.post("/sign-in/", {"email": email, "password": password, **more})


def code_now(device: TOTPDevice, *, ahead: int = 0) -> str:
    """What the app shows."""
    return f"{totp(device.bin_key, t0=-30 * ahead):06d}"


def user_of(client: Client) -> Any:
    """Whose session this is."""
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    ("role", "page"), [(Role.RECEPTIONIST, "/desk/"), (Role.DOCTOR, "/today/"), (Role.ADMIN, "/desk/")]
)
def test_everybody_begins_the_day_on_their_own_page(client: Client, lake: Any, role: Role, page: str) -> None:
    cast.staff(clinic=lake, role=role, email="a@lake.example", password=PASSWORD)
    assert type_in(client, "a@lake.example").url == page


def test_the_operator_begins_in_the_back_office(client: Client, db: None) -> None:
    cast.operator(password=PASSWORD)
    assert type_in(client, "omana@oozham.example").url == "/admin/"


def test_small_and_capital_letters_of_an_address_are_the_same(client: Client, lake: Any) -> None:
    reena = cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    type_in(client, "Reena@Lake.Example")
    assert user_of(client) == str(reena.pk)


def test_a_wrong_password_says_so_and_keeps_the_address_but_not_the_password(client: Client, lake: Any) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    page = type_in(client, "reena@lake.example", "eight boats at dusk").content.decode()
    assert "do not go together" in page
    assert 'value="reena@lake.example"' in page
    assert "eight boats" not in page


def test_an_unknown_address_gets_the_same_words_as_a_wrong_password(client: Client, lake: Any) -> None:
    assert b"do not go together" in type_in(client, "nobody@lake.example").content


@pytest.mark.parametrize(
    ("email", "words"), [("", "Type your e-mail address."), ("reena@", "not a whole e-mail address")]
)
def test_half_an_address_is_asked_for_again(client: Client, email: str, words: str) -> None:
    page = type_in(client, email).content.decode()
    assert words in page
    assert 'aria-invalid="true"' in page


def test_somebody_switched_off_does_not_come_in(client: Client, lake: Any) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD, is_active=False)
    assert b"do not go together" in type_in(client, "reena@lake.example").content


def test_a_phones_user_never_signs_in_with_a_password(client: Client, lake: Any) -> None:
    phone = cast.phone_user()
    phone.email = "asha@lake.example"
    phone.set_password(PASSWORD)
    phone.save()
    assert b"do not go together" in type_in(client, "asha@lake.example").content
    assert user_of(client) is None


def test_signing_in_leads_back_to_where_somebody_was_going(client: Client, lake: Any) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    page = client.get("/sign-in/?next=/desk/lake-clinic/").content.decode()
    assert 'name="next" value="/desk/lake-clinic/"' in page
    assert type_in(client, "reena@lake.example", next="/desk/lake-clinic/").url == "/desk/lake-clinic/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_nobody_is_led_to_another_site(client: Client, lake: Any, elsewhere: str) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    assert "evil" not in client.get("/sign-in/", {"next": elsewhere}).content.decode()
    assert type_in(client, "reena@lake.example", next=elsewhere).url == "/desk/"


def test_the_session_gets_a_new_key_and_ends_with_the_working_day(client: Client, lake: Any) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    type_in(client, "reena@lake.example")
    assert client.session.session_key != before
    assert client.session.get_expiry_age() <= signing_in.WORKING_DAY.total_seconds()


def test_signing_out_is_a_button_and_forgets_everything(reena: Any, signed_in: Any) -> None:
    client = signed_in(reena)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/desk/").url == "/sign-in/?next=/desk/"


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(client: Client, lake: Any) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    for _ in range(signing_in.TRIES):
        type_in(client, "reena@lake.example", "wrong")
    assert b"Too many tries" in type_in(client, "reena@lake.example").content
    assert user_of(client) is None


def test_a_stranger_elsewhere_does_not_lock_somebody_out(client: Client, lake: Any) -> None:
    cast.staff(clinic=lake, email="reena@lake.example", password=PASSWORD)
    for _ in range(signing_in.TRIES + 1):
        client.post("/sign-in/", {"email": "reena@lake.example", "password": "wrong"}, REMOTE_ADDR="203.0.113.9")
    assert type_in(client, "reena@lake.example").url == "/desk/"


def test_the_tries_are_written_down_without_anybodys_address(client: Client, lake: Any) -> None:
    type_in(client, "reena@lake.example")
    event = AuditEvent.objects.get(action="sign_in.tried")
    assert "reena" not in f"{event.object_id} {event.detail}"
    assert "127.0.0.1" not in f"{event.detail}"


# ── The second factor ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def safe_lake(lake: Any) -> Any:
    """Lake Clinic asking for a second factor."""
    lake.needs_second_factor = True
    lake.save()
    return lake


@pytest.fixture
def devika(safe_lake: Any) -> Any:
    """A receptionist with an authenticator app."""
    user = cast.staff(clinic=safe_lake, name="Devika", email="devika@lake.example", password=PASSWORD)
    TOTPDevice.objects.create(user=user, name="Authenticator app", key=KEY)
    return user


def test_the_password_alone_signs_nobody_in_who_has_a_second_factor(client: Client, devika: Any) -> None:
    assert type_in(client, devika.email).url == "/sign-in/code/"
    assert user_of(client) is None
    assert client.get("/desk/lake-clinic/").url.startswith("/sign-in/")


def test_the_apps_code_lets_in_under_a_new_session_key_and_leads_on(client: Client, devika: Any) -> None:
    type_in(client, devika.email, next="/desk/lake-clinic/")
    before = client.session.session_key
    code = code_now(devika.totpdevice_set.get())
    assert client.post("/sign-in/code/", {"code": f"{code[:3]} {code[3:]}"}).url == "/desk/lake-clinic/"
    assert client.session.session_key != before
    assert client.get("/desk/lake-clinic/").status_code == 200


def test_a_code_works_once(client: Client, devika: Any) -> None:
    code = code_now(devika.totpdevice_set.get())
    type_in(client, devika.email)
    client.post("/sign-in/code/", {"code": code})
    other = Client()
    type_in(other, devika.email)
    assert "is wrong or has run out" in other.post("/sign-in/code/", {"code": code}).content.decode()


def test_wrong_codes_slow_down_the_next_try(client: Client, devika: Any) -> None:
    type_in(client, devika.email)
    client.post("/sign-in/code/", {"code": "000000"})
    page = client.post("/sign-in/code/", {"code": code_now(devika.totpdevice_set.get())}).content.decode()
    assert "there is a pause" in page
    assert user_of(client) is None


def test_a_recovery_code_works_once_and_says_how_many_are_left(client: Client, devika: Any) -> None:
    sheet = StaticDevice.objects.create(user=devika, name="Recovery codes")
    sheet.token_set.create(token="abcd2345")
    sheet.token_set.create(token="efgh2345")
    type_in(client, devika.email)
    answer = client.post("/sign-in/code/", {"code": "ABCD-2345"})
    assert user_of(client) == str(devika.pk)
    assert any("1 is left" in str(said) for said in get_messages(answer.wsgi_request))
    other = Client()
    type_in(other, devika.email)
    assert "wrong" in other.post("/sign-in/code/", {"code": "abcd2345"}).content.decode()


def test_the_second_page_opens_only_after_the_right_password(client: Client, devika: Any) -> None:
    assert client.get("/sign-in/code/").url == "/sign-in/"
    assert client.get("/sign-in/set-up/").url == "/sign-in/"
    type_in(client, devika.email, "wrong")
    assert client.post("/sign-in/code/", {"code": code_now(devika.totpdevice_set.get())}).url == "/sign-in/"


def test_ten_minutes_after_the_password_it_is_asked_again(client: Client, devika: Any, monkeypatch: Any) -> None:
    type_in(client, devika.email)
    later = time.time() + signing_in.HALFWAY_SECONDS + 1
    monkeypatch.setattr(signing_in.time, "time", lambda: later)
    assert client.get("/sign-in/code/").url == "/sign-in/"


def test_a_password_changed_halfway_ends_the_half_way(client: Client, devika: Any) -> None:
    type_in(client, devika.email)
    devika.set_password("something else entirely")
    devika.save()
    assert client.get("/sign-in/code/").url == "/sign-in/"


def test_setting_up_shows_a_picture_and_then_ten_codes_once(client: Client, safe_lake: Any) -> None:
    user = cast.staff(clinic=safe_lake, email="reena@lake.example", password=PASSWORD)
    assert type_in(client, user.email, next="/desk/lake-clinic/").url == "/sign-in/code/"
    page = client.get("/sign-in/code/", follow=True).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    assert not TOTPDevice.objects.exists()
    device = TOTPDevice(key=client.session["new_second_factor"])
    assert "not the one the app shows" in client.post("/sign-in/set-up/", {"code": "000000"}).content.decode()
    assert client.session["new_second_factor"] == device.key
    page = client.post("/sign-in/set-up/", {"code": code_now(device)}).content.decode()
    codes = list(StaticDevice.objects.get(user=user).token_set.values_list("token", flat=True))
    assert len(codes) == 10
    assert all(code in page for code in codes)
    assert 'href="/desk/lake-clinic/"' in page
    assert client.get("/desk/lake-clinic/").status_code == 200
    assert codes[0] not in client.get("/sign-in/set-up/", follow=True).content.decode()


def test_whoever_has_a_second_factor_cannot_set_up_another_with_the_password_alone(client: Client, devika: Any) -> None:
    type_in(client, devika.email)
    assert client.get("/sign-in/set-up/").url == "/sign-in/code/"
    assert client.post("/sign-in/set-up/", {"code": "123456"}).url == "/sign-in/code/"


# ── Load shedding ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "1.2.3.4", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.7", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1"),
        (1, "not an address", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_an_address_is_what_our_own_proxies_saw(
    rf: Any, settings: Any, proxies: int, header: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address_of(rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=header)) == address


def test_whoever_asks_far_too_often_is_told_to_wait(client: Client, db: None) -> None:
    answers = [client.get("/sign-in/") for _ in range(122)]  # the minute may turn once meanwhile
    turned_away = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert b"Wait a minute" in turned_away[0].content


def test_without_redis_nobody_is_turned_away(client: Client, settings: Any, caplog: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("clinics.shedding._asks_again_at", 0.0)
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": away}
    assert [client.get("/sign-in/").status_code for _ in range(62)] == [200] * 62
    assert len([line for line in caplog.messages if "Nothing is shed" in line]) == 1
