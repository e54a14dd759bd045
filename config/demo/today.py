"""Lake Clinic's days, past and coming, with the people we follow in them, and its waiting room as it is now."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from config.demo import cast
from config.demo.day import Day
from config.demo.diary import Visit
from config.demo.doctors import Practice
from config.demo.families import Known, Pool
from config.demo.moments import HOUR, MINUTE
from config.demo.stage import Play, Stage, become
from config.demo.visits import DAY, IST

# Days from today on which the family we follow has a visit.
FOLLOWED: dict[str, dict[int, cast.CastPatient]] = {
    "dr-rao": {-26: cast.ASHA, -12: cast.ASHA, -5: cast.AMMINI, 2: cast.AMMINI},
    "dr-kurian": {-21: cast.NEIL, -9: cast.NEIL, 4: cast.NEIL},
}
ASHAS_DOCTOR = "dr-rao"
NOT_YET_COME = 15 * MINUTE  # from now: long enough to see the queue move before Asha's turn


@dataclass
class Followed:
    """The people we follow; `placed` once Asha has the token whose address we print."""

    people: dict[cast.CastPatient, Known]
    today: date
    now: int
    placed: bool = False

    def day(
        self, rng: random.Random, practice: Practice, pool: Pool, on: date, visits: list[Visit],
        sittings: list[tuple[int, int]], play: Play,
    ) -> Day:  # fmt: skip
        """Play one day of one of Lake Clinic's doctors, who sits at these times."""
        offset = (on - self.today).days
        slug = practice.row.slug
        member = FOLLOWED.get(slug, {}).get(offset)
        if member is not None:
            self._give(visits, member)
        if offset == 0:
            taken = {visit.patient for visit in visits}
            others = pool.for_specialty(practice.specialty.slug) + pool.everybody
            spare = iter({known.patient: None for known in others if known.patient not in taken})
            stage = Stage(
                rng, practice, visits, sittings, play, self.now, spare, self.people, known=slug == ASHAS_DOCTOR
            )
            stage.set(whole=practice.hours == cast.WIDE)
        if slug == ASHAS_DOCTOR and offset in (0, 1) and not self.placed:
            self.placed = self._give(visits, cast.ASHA, code=cast.TICKET)
        return play(visits)

    def _give(self, visits: list[Visit], member: cast.CastPatient, *, code: str = "") -> bool:
        """Let somebody we follow have a booking that is kept; with `code`, the next from now. Says if there was one."""
        kept = [v for v in visits if v.slot and v.arrives is not None and v.cancels is None and not v.steps_out]
        if code:
            kept = [v for v in kept if v.due > self.now + NOT_YET_COME and (v.arrives or v.due) > self.now]
        if not kept:
            return False
        visit = kept[0] if code else kept[len(kept) // 3]
        yesterday_evening = self.now - (self.now + IST) % DAY - 4 * HOUR - 46 * MINUTE
        visit.created = min(visit.created, yesterday_evening)
        visit.arrives = visit.due - 6 * MINUTE
        visit.code = code
        become(visit, self.people[member])
        return True
