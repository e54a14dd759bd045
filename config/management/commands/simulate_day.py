"""Let a clinic's day go by, so that its boards, desks and token pages move by themselves."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinics.models import Clinic, Role, User
from config.demo import cast
from config.simulation.clocks import RealClock
from config.simulation.desks import ServiceDesk
from config.simulation.script import Room, Script, Seat, Ways
from config.simulation.stage import Stage, play
from doctors.models import Doctor
from tokens import services
from tokens.models import Queue
from tokens.states import IN_LINE, State


class Command(BaseCommand):
    """manage.py simulate_day [--speed 60] [--clinic SLUG] [--seed N] [--doctors N] [--hours 8]."""

    help = (
        "Play a clinic's day from now on, some seconds of it in each real one: invented patients book, come, are "
        "called and go. Who is expected today comes too. It is done through the services, so every open board, desk "
        "and token page moves. The waiting times that the pages tell stay those of real minutes. Ctrl-C stops it at "
        "once; it can be run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--speed", type=float, default=60, help="Seconds of the day in each real one (60).")
        parser.add_argument("--clinic", help="The clinic's slug; the demo's Lake Clinic, or the only one there is.")
        parser.add_argument("--seed", type=int, help="The same seed gives the same people; a new one each time.")
        parser.add_argument("--doctors", type=int, help="How many of its doctors, by name; all.")
        parser.add_argument("--hours", type=float, default=8, help="How long the day is (8).")
        parser.add_argument(
            "--i-know", action="store_true", help="That it writes invented patients: where DEBUG is off."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or settings.TESTING or options["i_know"]):
            raise CommandError("This writes invented patients, and DEBUG is off. If that is meant, add --i-know.")
        if options["speed"] <= 0 or not 0 < options["hours"] <= 16:
            raise CommandError("Give a speed above 0, and up to 16 hours.")
        clinic, seed = _clinic(options["clinic"]), options["seed"]
        doctors = list(clinic.doctors.at_work().select_related("clinic", "user").order_by("name"))[: options["doctors"]]
        if not doctors:
            raise CommandError(f"No doctor of {clinic} sees patients.")
        by = _receptionist(clinic)
        queues = [_open_queue(doctor, by) for doctor in doctors]
        self.began, clock = timezone.now(), RealClock(options["speed"])
        rooms = [self._room(queue, options["hours"]) for queue in queues]
        seed = random.randrange(10**6) if seed is None else seed
        script = Script.write(seed, rooms, Ways(hours=options["hours"]))
        self.clinic = clinic
        self.stdout.write(
            f"{clinic}: {len(doctors)} doctors, {script.patients} patients, seed {script.seed}. Ctrl-C stops."
        )
        stages = [self._stage(queue, day, clock, by) for queue, day in zip(queues, script.days, strict=True)]
        try:
            play(stages)
        except KeyboardInterrupt:
            self.stdout.write("Stopped. Everybody stands where they stood.")
            return
        seen = sum(state == State.COMPLETED for stage in stages for state in stage.states.values())
        self.stdout.write(f"The day is over: {seen} patients were seen.")

    def _stage(self, queue: Queue, day: Any, clock: RealClock, by: User) -> Stage:
        stage = Stage(day, ServiceDesk(queue, by=by, doctor=queue.doctor.user), clock, say=self._say)
        stage.look_around()
        return stage

    def _room(self, queue: Queue, hours: float) -> Room:
        """A doctor, with those who are expected during these hours or here already, and new ones beside them."""
        until = self.began + timedelta(hours=hours)
        expected = queue.tokens.filter(state__in=IN_LINE, due_at__lt=until).order_by("due_at")
        seats = tuple(
            Seat(due=max(0.0, (token.due_at - self.began).total_seconds()), number=token.number,
                 is_here=token.state == State.WAITING)
            for token in expected
        )  # fmt: skip
        return Room(queue.doctor.short_name, queue.doctor.consultation_minutes, seats=seats)

    def _say(self, at: float, doctor: str, said: str) -> None:
        """10:42 Dr Rao: 14 called."""
        self.stdout.write(f"{self.clinic.local(self.began + timedelta(seconds=at)):%H:%M} {doctor}: {said}")
        self.stdout.flush()


def _clinic(slug: str | None) -> Clinic:
    """The one meant."""
    approved = Clinic.objects.approved()
    if slug:
        clinic = approved.filter(slug=slug).first()
        if clinic is None:
            raise CommandError(f"There is no approved clinic {slug}.")
        return clinic
    lake = approved.filter(slug=cast.LAKE.slug).first()
    if lake is not None:
        return lake
    if approved.count() != 1:
        raise CommandError("Say which clinic: --clinic SLUG.")
    return approved.get()


def _receptionist(clinic: Clinic) -> User:
    """Whoever is at reception; where nobody is, whoever may press there."""
    members = clinic.memberships.select_related("user")
    member = members.filter(role=Role.RECEPTIONIST).first() or members.first()
    if member is None:
        raise CommandError(f"Nobody works at {clinic}: there is no one to press the buttons.")
    return member.user


def _open_queue(doctor: Doctor, by: User) -> Queue:
    """The queue the doctor works on; one that was closed goes on."""
    queue = services.current_queue(doctor)
    return services.reopen_day(queue=queue, by=by) if queue.closed_at else queue
