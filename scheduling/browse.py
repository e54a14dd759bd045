"""What patients are shown before they choose a doctor; each page takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from clinics.models import Branch, City, Clinic
from doctors.models import Doctor
from scheduling.cards import BRANCH, SHOWN, ClinicCard, ShownBranch, ShownClinic, ShownDoctor, cards, doctor_of
from scheduling.facts import Facts, facts_of
from scheduling.finding import Place, find, looser
from scheduling.question import Known, Question, asked

CLINICS_A_PAGE = 12
DOCTORS_A_PAGE = 20


@dataclass(frozen=True)
class CityPage:
    """A page of a city: its clinics by name, or the doctors who fit a question, the soonest free first.

    Where nobody fits, `loosen` says what to let go of, with the address that does, and how many doctors then fit.
    """

    city: City
    question: Question
    facts: Facts
    page: Page
    cards: list[ClinicCard] = field(default_factory=list)
    doctors: list[ShownDoctor] = field(default_factory=list)
    loosen: list[tuple[str, str, int]] = field(default_factory=list)
    sorry: list[str] = field(default_factory=list)

    @property
    def specialty(self) -> str:
        """The one asked for."""
        return self.question.chosen["specialty"].said if "specialty" in self.question.chosen else ""

    @property
    def slug(self) -> str:
        """The specialty's, as the form gives it."""
        return self.question.text("specialty")

    @property
    def words(self) -> str:
        """What was typed."""
        return self.question.text("q")

    @property
    def day(self) -> date | None:
        """The day asked for, as a date."""
        return self.question.value("day")

    @property
    def specialties(self) -> list[tuple[str, int, str, bool]]:
        """Each specialty: its name, how many doctors, the address that asks for it, whether it is chosen."""
        rest = self.question.without("specialty").address()
        rest = f"&{rest[1:]}" if len(rest) > 1 else ""
        return [
            (it.name, it.many, f"?specialty={it.slug}{rest}", it.slug == self.slug)
            for it in self.facts.specialties
            if it.many
        ]

    @property
    def any_specialty(self) -> str:
        """The address without a specialty."""
        return self.question.without("specialty").address()

    @property
    def canonical(self) -> str:
        """The one address of this page."""
        return self.at(self.page.number)

    @property
    def before(self) -> str:
        """The address of the page before this."""
        return self.at(self.page.number - 1)

    @property
    def after(self) -> str:
        """The address of the page after this."""
        return self.at(self.page.number + 1)

    def at(self, number: int) -> str:
        """The address of a page."""
        query = self.question.address(page=number if number > 1 else "")
        return reverse("scheduling:city", args=[self.city.slug]) + (query if len(query) > 1 else "")


def city_page(city: City, given: Mapping[str, str]) -> CityPage:
    """What a city shows to the question in an address."""
    now = timezone.now()
    facts = facts_of(city)
    question = asked(given, Known(timezone.localdate(now), facts.specialties, facts.languages))
    here: dict[int, list[ShownBranch]] = {}
    for row in _branches(city):
        branch = ShownBranch(*row)
        here.setdefault(branch.clinic, []).append(branch)
    if question:
        return _answer(city, facts, question, here, given.get("page"), now)
    shown = Paginator(list(here), CLINICS_A_PAGE).get_page(given.get("page"))
    clinics = [_clinic(here[key]) for key in shown]
    return CityPage(city, question, facts, shown, cards=cards(clinics, now), sorry=question.sorry)


def _answer(
    city: City, facts: Facts, question: Question, here: dict[int, list[ShownBranch]], page: str | None, now: datetime
) -> CityPage:
    """The doctors who fit; where nobody does as typed, those spelt alike; where nobody does at all, what would help."""
    place = Place([(it.pk, it.clinic, it.locality) for branches in here.values() for it in branches])
    sorry, loosen = list(question.sorry), []
    hits = find(question, place, now)
    if not hits and "q" in question.chosen:
        hits = find(question, place, now, alike=True)
        if hits:
            sorry.append(f"Nobody is called {question.chosen['q'].said} here. These are spelt almost like it.")
    if not hits:
        loosen = looser(question, place, now)
    shown = Paginator(hits, DOCTORS_A_PAGE).get_page(page)
    rows = {row[0]: row for row in Doctor.objects.filter(pk__in=[key for key, _ in shown]).values_list(*SHOWN)}
    clinics = {key: _clinic(here[key]) for key in {row[1] for row in rows.values()}}
    doctors = [doctor_of(rows[key], clinics[rows[key][1]], starts_at) for key, starts_at in shown if key in rows]
    return CityPage(city, question, facts, shown, doctors=doctors, loosen=loosen, sorry=sorry)


def _branches(city: City) -> QuerySet[Branch]:
    """The city's branches of clinics that have a doctor to book, by the clinic's name."""
    doctors = Doctor.objects.filter(clinic=OuterRef("clinic"), status=Doctor.Status.ACTIVE)
    approved = Branch.objects.filter(city=city, clinic__status=Clinic.Status.APPROVED).filter(Exists(doctors))
    return approved.order_by("clinic__name", "clinic", "pk").values_list(*BRANCH)


def _clinic(branches: list[ShownBranch]) -> ShownClinic:
    first = branches[0]
    return ShownClinic(
        first.clinic, first.clinic_name, reverse("scheduling:clinic", args=[first.clinic_slug]), branches
    )
