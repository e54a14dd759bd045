"""The checker of what many clients were told: a sound history passes, and every way of tampering with it is noticed."""

from copy import deepcopy

import pytest

from bench.history import FAILED, OK, UNKNOWN, Event, Op, Recorder, Slot, Tables, Token, Visit, check


@pytest.fixture
def sound() -> tuple[list[Op], Tables]:
    """Two at the desk and Asha at home; one answer never came, one press was refused."""
    told = Recorder()
    for by, verb, number, patient, outcome in [
        ("reena", "add", 1, "p1", OK),
        ("saju", "add", 2, "p2", OK),
        ("reena", "call", 1, None, OK),
        ("saju", "call", None, None, FAILED),
        ("reena", "call", None, None, UNKNOWN),
    ]:
        op = told.invoke(by, verb, 7, number=number, patient=patient)
        op.outcome = outcome
    told.invoke("asha", "issue", 7, patient="p3", slot=50).outcome = OK
    told.invoke("asha", "move", 7, patient="p3", slot=51).outcome = OK
    return told.ops, Tables(
        last={7: 4},
        reserved={(7, 4)},
        tokens=[
            Token(7, 1, "p1", "walkin", "completed"),
            Token(7, 2, "p2", "walkin", "consulting"),
            Token(7, 3, "p3", "booked", "booked"),
        ],
        events=[
            Event(7, 1, "a", "add", "reena", "", "waiting"),
            Event(7, 2, "b", "add", "saju", "", "waiting"),
            Event(7, 1, "c", "call", "reena", "waiting", "consulting"),
            Event(7, 3, "d", "issue", "asha", "", "booked"),
            Event(7, 1, "e", "call", "reena", "consulting", "completed"),
            Event(7, 2, "e", "call", "reena", "waiting", "consulting"),
            Event(7, 3, "f", "move", "asha", "booked", "booked"),
        ],
        slots=[Slot(50, 1, 0, 0), Slot(51, 1, 1, 0)],
        visits=[Visit(51, 7, 3, "p3", "confirmed")],
    )


def test_a_sound_history_passes(sound: tuple[list[Op], Tables]) -> None:
    assert check(*sound) == []


def test_what_nobody_answered_may_have_happened_or_not(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    del tables.events[4:6]
    tables.tokens[:2] = [Token(7, 1, "p1", "walkin", "consulting"), Token(7, 2, "p2", "walkin", "waiting")]
    assert check(ops, tables) == []


def noticed(ops: list[Op], tables: Tables, words: str) -> None:
    found = check(ops, tables)
    assert any(words in sentence for sentence in found), found


def test_a_lost_commit_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.tokens[1:2], tables.events[1:2] = [], []
    noticed(ops, tables, "lost commit: add 2")
    noticed(ops, tables, "gap: queue 7")


def test_a_lost_last_update_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.last[7] = 2
    noticed(ops, tables, "lost update")


def test_a_call_that_was_told_and_is_not_there_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = deepcopy(sound)
    ops[4].outcome = OK
    assert check(ops, tables) == []
    del tables.events[4:6]
    tables.tokens[:2] = [Token(7, 1, "p1", "walkin", "consulting"), Token(7, 2, "p2", "walkin", "waiting")]
    noticed(ops, tables, "lost commit: call")


def test_what_was_refused_and_happened_all_the_same_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    ops[1].outcome = FAILED
    noticed(ops, tables, "nobody was told: add of 2")


def test_an_answer_with_somebody_elses_number_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    ops[0].number, ops[1].number = 2, 1
    noticed(ops, tables, "lost commit: add 2")


def test_a_duplicate_number_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.tokens.append(Token(7, 2, "p9", "walkin", "consulting"))
    noticed(ops, tables, "duplicate: number 2 of queue 7 was given 2 times")


def test_a_gap_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.reserved.clear()
    noticed(ops, tables, "nobody has 4")


def test_two_inside_at_once_are_noticed_even_if_only_for_a_moment(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.events[4], tables.events[5] = tables.events[5]._replace(action="g"), tables.events[4]
    noticed(ops, tables, "two consulting: [1, 2]")


def test_presses_in_other_queues_may_come_between(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.events.insert(5, Event(8, 1, "z", "add", "lekha", "", "waiting"))
    tables.tokens.append(Token(8, 1, "p8", "walkin", "waiting"))
    tables.last[8] = 1
    assert check([*ops, Op("lekha", "add", 8, number=1, outcome=OK)], tables) == []


def test_a_state_without_its_event_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.tokens[0] = Token(7, 1, "p1", "walkin", "skipped")
    noticed(ops, tables, "1 of queue 7 is skipped, its events say otherwise")


@pytest.mark.parametrize(
    ("slot", "words"),
    [(Slot(51, 1, 0, 0), "1 visits stand"), (Slot(51, 1, 2, 0), "double booked"), (Slot(51, 1, 1, 1), "double booked")],
)
def test_a_slot_that_is_miscounted_is_noticed(sound: tuple[list[Op], Tables], slot: Slot, words: str) -> None:
    ops, tables = sound
    tables.slots[1] = slot
    noticed(ops, tables, words)


def test_half_a_booking_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.visits.clear()
    noticed(ops, tables, "a token without a visit")
    noticed(ops, tables, "lost commit")


def test_a_move_that_was_lost_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    tables.visits[0] = tables.visits[0]._replace(slot=50)
    noticed(ops, tables, "the visit is at slot 50")


def test_a_press_after_the_close_is_noticed(sound: tuple[list[Op], Tables]) -> None:
    ops, tables = sound
    told = Op("boss", "close", 7, outcome=OK)
    noticed([*ops, told], tables, "lost: close")
    tables.closed.add(7)
    tables.events.insert(2, Event(7, 2, "x", "close", None, "waiting", "waiting"))
    noticed([*ops, told], tables, "after the close of queue 7 somebody did: move")
