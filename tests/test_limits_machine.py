"""Any hours whatever of asking for codes, against a model of the limits kept in memory: Hypothesis looks for one that
goes wrong."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from notifications.models import Message
from patients import challenges, jobs, limits
from patients.challenges import ChallengeError
from patients.models import Challenge, Quota
from tests.clock import clock_at, ist

HOUR, HALF_A_MINUTE = timedelta(hours=1), timedelta(seconds=30)
MOST = {"phone": 3, "network": 4, "prefix": 5, "budget": 8, "device": 2, "returning": 3}
PHONES, BROWSERS = st.integers(0, 2), st.integers(0, 4)
NETWORKS = ["203.0.113.1", "203.0.113.2", "198.51.100.1", "2001:db8:1:1::/64", "2001:db8:1:2::/64"]
ADDRESSES = st.sampled_from(["", *NETWORKS])


class Limits(RuleBasedStateMachine):
    """Three phones, five browsers, two of which have proved phone 0, and six addresses; time goes by."""

    @initialize()
    def open(self) -> None:
        """Ten in the morning; nobody has asked."""
        self.transaction, self.time = transaction.atomic(), clock_at(ist("2026-11-23 10:00"))
        self.transaction.__enter__()
        self.clock = self.time.__enter__()
        self.counts: dict[tuple[str, object], tuple[datetime, int]] = {}
        self.last: dict[tuple[int, int], datetime] = {}
        self.sent = 0

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            self.time.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # ── the model ────────────────────────────────────────────────────────────────────────────────────────────
    def counted(self, phone: int, browser: int, address: str) -> list[tuple[str, object]]:
        """What counts for a request."""
        if phone == 0 and browser < 2:
            return [("device", browser), ("returning", "")]
        where = [("network", address), ("prefix", address[:9])] if address else []
        return [("phone", phone), *where, ("budget", "")]

    def used(self, what: tuple[str, object]) -> int:
        """How many within the hour that began with the first."""
        began, used = self.counts.get(what, (self.clock.now, 0))
        return 0 if began + HOUR <= self.clock.now else used

    def may(self, phone: int, browser: int, address: str) -> bool:
        """Whether a code may go out."""
        last = self.last.get((phone, browser))
        if last is not None and last > self.clock.now - HALF_A_MINUTE:
            return False
        return all(self.used(what) < MOST[what[0]] for what in self.counted(phone, browser, address))

    def count(self, phone: int, browser: int, address: str) -> None:
        """One has gone out."""
        for what in self.counted(phone, browser, address):
            used = self.used(what)
            self.counts[what] = (self.counts[what][0] if used else self.clock.now, used + 1)
        self.last[phone, browser] = self.clock.now
        self.sent += 1

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────
    @rule(phone=PHONES, browser=BROWSERS, address=ADDRESSES)
    def ask(self, phone: int, browser: int, address: str) -> None:
        """Somebody asks."""
        may, device = self.may(phone, browser, address), f"device {browser}" if phone == 0 and browser < 2 else ""
        try:
            challenges.send_code(
                phone=f"+91984700000{phone}", browser=f"b{browser}", address=address or None, device=device
            )  # fmt: skip
        except ChallengeError:
            assert not may, (phone, browser, address)
        else:
            assert may, (phone, browser, address)
            self.count(phone, browser, address)

    @rule(browser=st.integers(0, 1), times=st.integers(1, 3))
    def return_(self, browser: int, times: int) -> None:
        """Whoever has proved phone 0 asks, each time as soon as they may."""
        for _ in range(times):
            self.clock.pass_(seconds=30)
            self.ask(0, browser, "")

    @rule(phone=PHONES, address=ADDRESSES)
    def many_ask(self, phone: int, address: str) -> None:
        """A stranger with as many browsers as it takes."""
        for browser in (2, 3, 4):
            self.ask(phone, browser, address)

    @rule(addresses=st.sampled_from([[one] for one in NETWORKS] + [NETWORKS[:2], NETWORKS[3:], NETWORKS[1:3]]))
    def crowd(self, addresses: list[str]) -> None:
        """Three strangers for each phone, from one network or by turns from two."""
        for at, (phone, browser) in enumerate(product(range(3), (2, 3, 4))):
            self.ask(phone, browser, addresses[at % len(addresses)])

    @rule(seconds=st.sampled_from([1, 29, 30, 31, 600, 1800, 3599, 3600]))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.clock.pass_(seconds=seconds)

    @rule()
    def sweep(self) -> None:
        """What is old is deleted, which changes nothing for anybody."""
        jobs.purge_codes()
        jobs.reopen_codes()

    # ── what must be so ──────────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def nothing_else_was_sent(self) -> None:
        """The model's count is the outbox's."""
        if hasattr(self, "sent"):
            assert Message.objects.filter(kind="code").count() == self.sent
            assert all(quota.used <= MOST[quota.scope] for quota in Quota.objects.all())

    @invariant()
    def one_code_is_open_for_a_phone_in_a_browser(self) -> None:
        """A newer one closes those before."""
        if hasattr(self, "sent"):
            now = self.clock.now
            mine = Challenge.objects.filter(expires_at__gt=now, used_at=None).values_list("browser", "phone_key")
            pairs = [(browser, bytes(key)) for browser, key in mine]
            assert len(pairs) == len(set(pairs))


USUAL = settings(
    max_examples=40, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def small(monkeypatch: Any, settings: Any, db: None) -> None:
    """Limits that are soon reached."""
    for name in ("phone", "network", "prefix", "device"):
        monkeypatch.setattr(limits, f"PER_{name.upper()}", MOST[name])
    settings.CODES_AN_HOUR, settings.CODES_AN_HOUR_RETURNING = MOST["budget"], MOST["returning"]


@pytest.mark.usefixtures("small")
def test_limits_are_those_of_the_model() -> None:
    run_state_machine_as_test(Limits, settings=USUAL)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("forgotten", ["network", "prefix", "budget", "device"])
def test_a_limit_that_is_not_counted_is_found(monkeypatch: Any, forgotten: str) -> None:
    all_of = limits.limits_of
    monkeypatch.setattr(limits, "limits_of", lambda **it: [one for one in all_of(**it) if one.scope != forgotten])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Limits, settings=settings(USUAL, phases=[Phase.generate], max_examples=400))
