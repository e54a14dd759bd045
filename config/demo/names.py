"""Invented people of Kerala: given names that fit an age, a family and a faith, and telephone numbers of nobody."""

from __future__ import annotations

import random
from dataclasses import dataclass

COMMUNITIES: tuple[str, ...] = ("hindu", "christian", "muslim")
MALE, FEMALE = "male", "female"


def _names(text: str) -> tuple[str, ...]:
    """Names written with spaces between; an underscore stands for a space inside one."""
    return tuple(word.replace("_", " ") for word in text.split())


# (community, gender) -> elders born before about 1960, adults, the young born after about 2000.
GIVEN: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    ("hindu", MALE): (
        _names(
            "Madhavan Gopalan Raghavan Kumaran Narayanan Velayudhan Sankaran Bhaskaran Sivaraman Achuthan Damodaran "
            "Prabhakaran Krishnankutty Balan"
        ),
        _names(
            "Arun Rajesh Suresh Harikrishnan Vinod Anil Pradeep Ravi Sreejith Santhosh Manoj Biju Unnikrishnan "
            "Jayan Rakesh Vishnu Ratheesh Sunil Ajith Sajeev Dileep Mohan Renjith Syam"
        ),
        _names(
            "Aadithyan Abhinav Nandakishore Arjun Gokul Sreehari Advaith Kiran Rohit Akshay Dhyan Ishaan Devadath "
            "Navneeth Anirudh Pranav"
        ),
    ),
    ("hindu", FEMALE): (
        _names(
            "Bhargavi Leela Kalyani Saraswathi Devaki Ammini Kamalakshi Sarojini Rugmini Janaki Padmavathi Savithri "
            "Thankamani Karthiyayani"
        ),
        _names(
            "Meera Lakshmi Sreeja Sunitha Anjali Bindu Deepa Rekha Priya Latha Sindhu Jaya Kavitha Remya Smitha "
            "Divya Asha Geetha Usha Reshmi Athira Soumya Manju Preetha"
        ),
        _names(
            "Anagha Gayathri Nandana Parvathy Malavika Devika Sreelakshmi Aardra Niranjana Aparna Ananya Diya Vaiga "
            "Nila Avani Gouri"
        ),
    ),
    ("christian", MALE): (
        _names(
            "Devassy Ouseph Kuriakose Varkey Chacko Mathai Pathrose Kunjachan Lonappan Eapen Thommachan Ittyavira "
            "Avarachan Kuncheria"
        ),
        _names(
            "Joseph George Thomas Mathew Jose Shaji Sabu Biju Jijo Tony Sebastian Jacob Roy Saji Benny Renji Anto "
            "Lijo Bobby Alex Varghese Philip Jaison Sunny"
        ),
        _names("Neil Kevin Alan Jeswin Edwin Albin Ryan Joel Ashwin_John Christy Abel Noel Ethan Godwin Nevin Basil"),
    ),
    ("christian", FEMALE): (
        _names(
            "Ammini Mariamma Kunjamma Annamma Aleyamma Rosamma Thresiamma Eliyamma Achamma Chinnamma Saramma "
            "Kochuthresia Brigit Pennamma"
        ),
        _names(
            "Asha Jessy Mini Reena Annie Sheeba Bindu Lissy Jincy Rosy Elizabeth Shiny Tessy Mercy Beena Sherly Anu "
            "Jiji Sini Treesa Merin Liya Jaya Molly"
        ),
        _names("Ann_Maria Rose Angel Riya Treesa Aleena Anna Sandra Nikita Jewel Evelyn Hanna Diya Irene Mia Ashna"),
    ),
    ("muslim", MALE): (
        _names(
            "Moideen Kunhahammed Hamza Aboobacker Mammu Alavi Beeran Ahammed Kunjumohammed Pareed Kunhalavi Saidu "
            "Ummer Bava"
        ),
        _names(
            "Bilal Shameer Rasheed Nasar Faisal Ashraf Basheer Haris Siddique Jaleel Anwar Shihab Riyas Shafi Salim "
            "Latheef Noushad Firoz Muneer Sameer Jamal Ansar Nizar Iqbal"
        ),
        _names("Rayan Ayaan Sinan Adnan Zayan Mishal Nihal Fadi Rizwan Ameen Hadi Ihsan Aman Shadin Faris Zidan"),
    ),
    ("muslim", FEMALE): (
        _names(
            "Pathumma Khadeeja Ayishakutty Beevathu Nabeesa Mariyumma Kunhayisha Biyyathu Zulekha Sainaba Asma "
            "Raziya Ummukulsu Imbichipathu"
        ),
        _names(
            "Fathima Nisha Shahina Rasheeda Sabeena Ramla Shameera Jaseela Ayisha Haseena Safiya Najma Sumayya "
            "Mumthaz Rubeena Sajna Nusrath Shabna Raihana Naseema Fousiya Thahira Sulaikha Bushra"
        ),
        _names("Hiba Ayra Minha Liyana Fidha Nahla Sana Zara Rifa Ameena Shifa Rinsha Aysha Hanna Dilna Fathima_Zahra"),
    ),
}  # fmt: skip

# Second names by community: a caste or family name, or a father's.
SURNAMES: dict[str, tuple[str, ...]] = {
    "hindu": _names(
        "Nair Menon Pillai Varma Panicker Kurup Nambiar Warrier Kumar Unnithan Kaimal Das Mohan Babu "
        "Rajan Krishnan Gopinath Sasidharan Chandran"
    ),
    "christian": _names(
        "Thomas Joseph Mathew Kurian Varghese George Paul Chacko Philip John Abraham Jacob Cherian Antony "
        "Sebastian Xavier Jose Francis Eapen Ninan Oommen Zachariah Kuruvilla Mani Tharakan"
    ),
    "muslim": _names(
        "Ahmed Rahman Salim Ibrahim Hamza Basheer Moideen Ali Koya Kutty Hassan Aziz Majeed Kareem Haneefa "
        "Yusuf Hameed Shareef Usman Musthafa"
    ),
}  # fmt: skip
INITIALS: tuple[str, ...] = _names("A B C E G J K M N P R S T V K_P T_K P_M C_V M_A")
HOUSES: tuple[str, ...] = _names(
    "Thekkedath Puthenpurayil Kizhakkethil Vadakkemuri Puthuparambil Valiyaveettil Kunnumpurath Chirayil "
    "Palathingal Edathil Mundakkal Plavila Kuttiyil Nellikkal Kandathil Maliyekkal Parambath Koottungal Cherukunnel "
    "Thottathil Pallippadan Kalathil Manayil Karimbil Panachikkal Arackal Ponnath Olikkal"
)


@dataclass(frozen=True)
class PersonData:
    """Somebody who does not exist: `name` as it is said at the desk, `family` its last part."""

    name: str
    family: str
    gender: str
    community: str


def community_of(rng: random.Random, mix: tuple[int, int, int]) -> str:
    """One of the communities, by a district's shares."""
    return rng.choices(COMMUNITIES, weights=mix)[0]


def given_name(rng: random.Random, *, community: str, gender: str, age: int) -> str:
    """A given name that somebody of this age is likely to have."""
    elders, adults, young = GIVEN[community, gender]
    return rng.choice(elders if age >= 62 else young if age <= 24 else adults)


def person(rng: random.Random, *, community: str, gender: str, age: int, family: str | None = None) -> PersonData:
    """A person with a believable whole name; `family` keeps households together."""
    given = given_name(rng, community=community, gender=gender, age=age)
    while given == family:
        given = given_name(rng, community=community, gender=gender, age=age)
    chance = rng.random()
    if family:
        last = family
    elif community == "muslim" and gender == FEMALE and age >= 45 and chance < 0.4:
        last = "Beevi"
    elif community == "muslim" and gender == MALE and age >= 60 and chance < 0.4:
        last = "Haji"
    elif community != "christian" and chance < 0.3:
        last = rng.choice(INITIALS)
    else:
        last = rng.choice([name for name in SURNAMES[community] if name != given])
    return PersonData(f"{given} {last}", last, gender, community)


def physician(rng: random.Random, mix: tuple[int, int, int]) -> PersonData:
    """A doctor aged 30 to 65: always a surname, because doors and slugs carry it."""
    community, gender = community_of(rng, mix), rng.choice((MALE, FEMALE))
    return person(
        rng, community=community, gender=gender, age=rng.randint(30, 61), family=rng.choice(SURNAMES[community])
    )


# A home clinic is the doctor's own name, a house, or a good word; a hospital is a river, a hill or a hope.
HOME_CLINICS: tuple[str, ...] = ("Dr {family}'s Clinic", "{family}'s Clinic", "{house} Clinic", "{word} {practice}")
SHARED_CLINICS: tuple[str, ...] = ("{word} Clinic", "{word} Family Clinic", "{word} Health Clinic", "{house} Clinic")
WORDS: tuple[str, ...] = _names(
    "Santhwanam Thanal Sukham Karuna Aswini Jeevan Swasthi Amritham Sneha Arogya Soukhyam Tharangini Nandanam "
    "Mangalya Chaithanya Ponkathir Kanikkonna Thulasi Jyothi Ashraya Punarjani Kripa Deepam Aishwarya Lotus Jasmine "
    "Coconut_Grove Riverside Green_Leaf Sunrise Monsoon Palm_Tree Lighthouse Banyan Mayflower Rainbow Pearl "
    "Cardamom"
)
HOSPITALS: tuple[str, ...] = ("{place} {kind}", "{word} {kind}", "{saint} {kind}")
HOSPITAL_PLACES: tuple[str, ...] = _names(
    "Nila Periyar Pamba Chaliyar Meenachil Kabani Bharathapuzha Vembanad Ashtamudi Sahyadri Malabar Travancore "
    "Kayal Theeram Agasthya Anamudi Neelagiri Venad Valluvanad Kolathiri"
)
HOSPITAL_KINDS: tuple[str, ...] = (
    "Hospital",
    "Medical Centre",
    "Multispeciality Hospital",
    "Mission Hospital",
    "Polyclinic",
    "Health Centre",
)
SAINTS: tuple[str, ...] = _names(
    "Holy_Light Good_Shepherd Ananthapuri Sree_Bhavani Noor Al_Rahma Shifa_Valley Mar_Yohan Sree_Narayana_Seva "
    "Santhi_Nilayam"
)
EMERGENCIES: tuple[str, ...] = (
    "chest pain",
    "breathing trouble",
    "high fever in a baby",
    "fall, bleeding",
    "fits",
    "severe stomach pain",
    "snake bite, first aid given",
)
LATE_REASONS: tuple[str, ...] = (
    "theatre case ran long",
    "traffic at the bridge",
    "ward round",
    "emergency at the hospital",
)

_PREFIXES: tuple[str, ...] = ("98470", "98460", "94470", "97450", "96560", "85900", "81290", "70120", "62350", "79070")


def phone(index: int) -> str:
    """The index-th invented Indian mobile as E.164; up to a million different ones, always the same for an index."""
    block, within = divmod(index, 100_000)
    return f"+91{_PREFIXES[block]}{(within * 7919 + 112) % 100_000:05d}"


def clinic_phone(index: int) -> str:
    """The index-th invented desk telephone as E.164."""
    return f"+91{90480 + index // 100_000}{(index * 101 + 11) % 100_000:05d}"
