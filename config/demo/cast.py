"""The part of the demo that is always the same: three clinics of Kochi, their people, and the families we follow."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "oozham-demo"  # noqa: S105 - public on purpose: the demo holds nobody's data

EVERY_DAY, WORKDAYS, SIX_DAYS = tuple(range(7)), tuple(range(5)), tuple(range(6))
# Weekdays, from, to. Wide hours keep something going on whenever somebody looks.
Hours = tuple[tuple[tuple[int, ...], str, str], ...]
WIDE: Hours = ((EVERY_DAY, "08:00", "13:00"), (EVERY_DAY, "13:00", "18:00"), (EVERY_DAY, "18:00", "22:30"))
BOTH: Hours = ((SIX_DAYS, "09:00", "13:00"), (SIX_DAYS, "16:00", "19:00"))
MORNING: Hours = ((SIX_DAYS, "09:00", "12:30"),)
EVENING: Hours = ((SIX_DAYS, "16:00", "20:00"),)


@dataclass(frozen=True)
class CastDoctor:
    """A doctor of the fixed cast: minutes of a slot and how many patients it takes, fee in rupees."""

    name: str
    slug: str
    gender: str
    specialty: str
    room: str
    fee: int
    degrees: str
    hours: Hours
    slot: int = 20
    capacity: int = 2
    email: str = ""
    about: str = ""


@dataclass(frozen=True)
class CastClinic:
    """A clinic of the fixed cast, with its desk's and its admin's sign-in."""

    name: str
    slug: str
    locality: str
    address: str
    desk: tuple[str, str]
    admin: tuple[str, str]
    board: str
    doctors: tuple[CastDoctor, ...]


LAKE = CastClinic(
    "Lake Clinic", "lake-clinic", "Panampilly Nagar", "12 Avenue Road, Panampilly Nagar",
    ("Reena", "reena@lake.example"), ("Saju Mathew", "admin@lake.example"), "lake-waiting-1",
    (
        CastDoctor("Kavitha Rao", "dr-rao", "f", "general-medicine", "Room 3", 300, "MBBS, MD", WIDE,
                   email="rao@lake.example", about="Fever, blood pressure and diabetes. Explains in plain words."),
        CastDoctor("Joseph Kurian", "dr-kurian", "m", "children", "Room 1", 350, "MBBS, MD (Paediatrics)", WIDE,
                   email="kurian@lake.example", about="Children from birth to sixteen; vaccinations every day."),
        CastDoctor("Fathima Beevi", "dr-beevi", "f", "women", "Room 5", 400, "MBBS, MS (OBG)", BOTH, 15, 1,
                   email="beevi@lake.example", about="Pregnancy care and women's health."),
        CastDoctor("Arun Menon", "dr-menon", "m", "bones", "Room 2", 450, "MBBS, MS (Ortho)", EVENING, 15, 1,
                   email="menon@lake.example", about="Knees, shoulders and sports injuries."),
        CastDoctor("Lakshmi Pillai", "dr-pillai", "f", "skin", "Room 6", 400, "MBBS, MD (DVL)", MORNING, 10, 1,
                   email="pillai@lake.example", about="Skin, hair and nails."),
        CastDoctor("Sabu Varghese", "dr-varghese", "m", "ent", "Room 4", 250, "MBBS, MS (ENT)",
                   ((SIX_DAYS, "09:00", "13:00"), (WORKDAYS, "15:00", "17:30")), 20, 2,
                   email="varghese@lake.example", about="Ear, nose and throat, hearing tests."),
    ),
)  # fmt: skip
HILL = CastClinic(
    "Hill Clinic", "hill-clinic", "Kakkanad", "Civil Station Road, Kakkanad",
    ("Hema", "hema@hill.example"), ("Ajith Kumar", "admin@hill.example"), "hill-waiting-1",
    (
        CastDoctor("Thomas Chacko", "dr-chacko", "m", "bones", "Room 1", 450, "MBBS, D Ortho", EVENING, 15, 1,
                   email="chacko@hill.example"),
        CastDoctor("Sunitha Warrier", "dr-warrier", "f", "women", "Room 2", 400, "MBBS, DGO", EVENING, 15, 1,
                   email="warrier@hill.example"),
        CastDoctor("Haris Rahman", "dr-rahman", "m", "general-medicine", "Room 3", 300, "MBBS, MD", BOTH,
                   email="rahman@hill.example"),
        CastDoctor("Anu Paul", "dr-paul", "f", "children", "Room 4", 300, "MBBS, DCH", EVENING,
                   email="paul@hill.example"),
    ),
)  # fmt: skip
BACKWATER = CastClinic(
    "Backwater Family Clinic", "backwater-family-clinic", "Vyttila", "Near the mobility hub, Vyttila",
    ("Jincy", "jincy@backwater.example"), ("Nisha Salim", "admin@backwater.example"), "backwater-wait",
    (
        CastDoctor("Nisha Salim", "dr-salim", "f", "general-medicine", "Room 1", 200, "MBBS", MORNING, 10, 1,
                   email="salim@backwater.example"),
        CastDoctor("Jacob Eapen", "dr-eapen", "m", "ent", "Room 2", 250, "MBBS, DLO", MORNING,
                   email="eapen@backwater.example"),
    ),
)  # fmt: skip
CLINICS = (LAKE, HILL, BACKWATER)
CITY = "kochi"
SMALLEST = sum(len(clinic.doctors) for clinic in CLINICS)
OPERATOR = ("Oozham operator", "operator@oozham.example")


@dataclass(frozen=True)
class CastPatient:
    """Somebody we follow; who shares a `home` shares a telephone, and the first of a home signs in with it."""

    name: str
    age: int
    gender: str
    home: int


ASHA = CastPatient("Asha Thomas", 38, "f", 0)
AMMINI = CastPatient("Ammini Thomas", 71, "f", 0)
NEIL = CastPatient("Neil Thomas", 6, "m", 0)
BILAL = CastPatient("Bilal Ahmed", 34, "m", 1)
MEERA = CastPatient("Meera Nair", 29, "f", 2)
DEVASSY = CastPatient("Devassy Paul", 66, "m", 3)
SHAJI = CastPatient("Shaji Joseph", 41, "m", 4)
HARI = CastPatient("Harikrishnan P", 47, "m", 5)
LEELA = CastPatient("Leela Varma", 63, "f", 6)
RAVI = CastPatient("Ravi Kumar", 52, "m", 7)
PATIENTS = (ASHA, AMMINI, NEIL, BILAL, MEERA, DEVASSY, SHAJI, HARI, LEELA, RAVI)
PHONE = "98470 00112"  # home 0's, as names.phone(0) gives it
TICKET = "asha-thomas-1"  # the address of the token that Asha is waiting with
