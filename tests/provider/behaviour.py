"""How the provider treats messages: the first rule that fits decides, the latest rule first.

POST /behave takes a rule as JSON; all of it may be left out:
  channel    sms, whatsapp, gateway or push                      default: any
  to         a phone, or the key at the end of a push address    default: anybody
  times      for how many messages                               default: for ever
  delay      seconds before it answers                           default: 0
  do         accept       take it                                (the default)
             hang         take it, and never answer
             drop         take it, and fail: HTTP 500
             fail         do not take it, and fail: HTTP 500
             busy         HTTP 429, with `after` seconds in Retry-After
             away         HTTP 503
             refuse       HTTP 400 with the error `code`
             unauthorised HTTP 401, error 20003
             gone         HTTP 410
  callbacks  the receipts that follow, such as ["sent", "delivered"]; ["failed"] with `code` as its reason
  repeat     how often each receipt comes; shuffle: in any order; forge: with a wrong signature; pause: seconds before
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Rule:
    """One way of treating some messages."""

    channel: str = ""
    to: str = ""
    times: int | None = None
    delay: float = 0.0
    do: str = "accept"
    after: int = 0
    code: int = 0
    callbacks: list[str] | None = None
    repeat: int = 1
    shuffle: bool = False
    forge: bool = False
    pause: float = 0.0

    def fits(self, channel: str, to: str) -> bool:
        """Whether it is for this message."""
        return self.channel in {"", channel} and self.to in {"", to} and self.times != 0


@dataclass
class Rules:
    """All rules, and what holds where there is none."""

    usual: Rule
    given: list[Rule] = field(default_factory=list)

    def of(self, channel: str, to: str) -> Rule:
        """The rule for a message, which is used up by it."""
        rule = next((it for it in reversed(self.given) if it.fits(channel, to)), self.usual)
        if rule.times is not None:
            rule.times -= 1
        return rule
