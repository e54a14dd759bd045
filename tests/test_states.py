"""What may follow what: every pair of states, by the ordinary way and by undo."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from tests import cast
from tokens.models import Action, Queue, TokenError
from tokens.states import MAY_BE_UNDONE, MAY_BECOME, TIMES, State

pytestmark = pytest.mark.django_db

B, W, C, L, S, D, X = State
PAIRS = list(product(State, State, ["ordinary", "undo"]))

# The table of the design once more, by hand, so that a slip in tokens/states.py is seen.
ORDINARY = {
    (B, W), (B, L), (B, X),
    (W, C), (W, S), (W, L), (W, X),
    (C, D),
    (L, W), (L, X),
    (S, W), (S, X),
}  # fmt: skip
BY_UNDO = {(W, B), (W, L), (W, S), (C, W), (L, B), (L, W), (S, W), (D, C)}


def test_the_table_is_the_one_in_the_design() -> None:
    assert {(old, new) for old, may in MAY_BECOME.items() for new in may} == ORDINARY
    assert {(old, new) for old, may in MAY_BE_UNDONE.items() for new in may} == BY_UNDO
    assert set(MAY_BECOME) == set(MAY_BE_UNDONE) == set(State)


@pytest.mark.parametrize(("old", "new", "way"), PAIRS)
def test_a_token_moves_only_as_the_table_says(
    queue: Queue, asha: Any, reena: Any, old: State, new: State, way: str
) -> None:
    token = cast.standing(queue=queue, patient=asha, state=old)
    undo = way == "undo"
    if (old, new) in ORDINARY or (undo and (old, new) in BY_UNDO):
        token.move_to(new, by=reena, action=Action("test"), undo=undo, why="because")
        token.refresh_from_db()
        assert token.state == new
        for name, states in TIMES.items():
            assert (getattr(token, name) is not None) == (new in states), name
        event = token.events.get()
        assert (event.from_state, event.to_state, event.by, event.why) == (old, new, reena, "because")
    else:
        with pytest.raises(TokenError, match=f"Token 1 is {old.label.lower()}"):
            token.move_to(new, by=reena, action=Action("test"), undo=undo)
        token.refresh_from_db()
        assert token.state == old
        assert not token.events.exists()


def test_a_time_stamped_once_is_kept_while_it_applies(queue: Queue, asha: Any, reena: Any) -> None:
    token = cast.standing(queue=queue, patient=asha, state=W, arrived_at=timezone.now() - timedelta(minutes=20))
    arrived = token.arrived_at
    token.move_to(C, by=reena, action=Action("call"))
    token.move_to(D, by=reena, action=Action("complete"))
    token.refresh_from_db()
    assert token.arrived_at == arrived
    assert arrived < token.consulting_at <= token.ended_at
