"""A token as the screens show it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doctors.modes import CALL_OPENS, Mode
from tokens.models import Token
from tokens.states import DID_NOT_COME, NOT_SEEN, State


@dataclass(frozen=True, slots=True, eq=False)  # compared a great deal, always within one picture
class Place:
    """A token as the screens show it; times are aware."""

    id: UUID
    number: int
    code: str
    kind: str
    mode: int
    state: str
    is_first: bool
    due_at: datetime
    promised_at: datetime | None
    placed: str
    kept_until: datetime | None
    why: str
    calls: int
    recalls: int
    follow_up_on: date | None
    created_at: datetime
    arrived_at: datetime | None
    consulting_at: datetime | None
    set_aside_at: datetime | None
    ended_at: datetime | None
    moved_to: str
    note: str
    desk_note: str
    name: str
    age: int | None
    gender: str
    phone_end: str

    @property
    def first_name(self) -> str:
        """Asha."""
        return self.name.split()[0]

    @property
    def promised(self) -> datetime:
        """The time it was given; where it stands by now may be another one."""
        return self.promised_at or self.due_at

    @property
    def kind_label(self) -> str:
        """The word that goes with the kind's colour."""
        return Token.Kind(self.kind).label

    @property
    def is_by_video(self) -> bool:
        """Seen in a call, not at the clinic."""
        return self.mode == Mode.TELE

    @property
    def is_at_home(self) -> bool:
        """The doctor comes to them."""
        return self.mode == Mode.HOME

    @property
    def mode_label(self) -> str:
        """By video, At home; nothing for those who come to the clinic, as nearly all do."""
        return Mode(self.mode).label if self.mode else ""

    @property
    def call_opens_at(self) -> datetime:
        """From when on a video call can be entered."""
        return self.due_at - CALL_OPENS

    @property
    def gender_word(self) -> str:
        """woman, man, or nothing."""
        return {"f": "woman", "m": "man"}.get(self.gender, "")

    @property
    def state_label(self) -> str:
        """The state in the desk's words."""
        return State(self.state).label

    @property
    def is_here(self) -> bool:
        """Waiting in the room, ready to be called."""
        return self.state == State.WAITING

    @property
    def is_over(self) -> bool:
        """Seen, or called off: nothing more is to come."""
        return self.state in (State.COMPLETED, State.CANCELLED)

    @property
    def was_missed(self) -> bool:
        """Called off by nobody: the day was closed and they had not come."""
        return self.state == State.CANCELLED and self.why == DID_NOT_COME

    @property
    def was_not_seen(self) -> bool:
        """Called off by nobody: the day was closed while they still waited."""
        return self.state == State.CANCELLED and self.why == NOT_SEEN

    @property
    def waited_minutes(self) -> int | None:
        """How long somebody called in had waited: from their time, or from coming when that was later."""
        if self.arrived_at is None or self.consulting_at is None:
            return None
        waited = self.consulting_at - max(self.arrived_at, self.promised)
        return max(0, int(waited.total_seconds() // 60))
