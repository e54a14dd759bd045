"""Kerala as patients name it: districts, cities with their old spellings, and the parts of the larger cities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DistrictData:
    """A district; `mix` is the rough share of Hindu, Christian and Muslim families, so that names fit the place."""

    slug: str
    name: str
    name_ml: str
    mix: tuple[int, int, int]


@dataclass(frozen=True)
class CityData:
    """A city or town; `weight` is its relative number of clinics, `aliases` what people also type for it."""

    slug: str
    name: str
    name_ml: str
    district: str
    weight: int
    aliases: tuple[str, ...] = ()
    localities: tuple[str, ...] = ()


DISTRICTS: tuple[DistrictData, ...] = (
    DistrictData("thiruvananthapuram", "Thiruvananthapuram", "തിരുവനന്തപുരം", (66, 19, 15)),
    DistrictData("kollam", "Kollam", "കൊല്ലം", (64, 16, 20)),
    DistrictData("pathanamthitta", "Pathanamthitta", "പത്തനംതിട്ട", (57, 38, 5)),
    DistrictData("alappuzha", "Alappuzha", "ആലപ്പുഴ", (68, 21, 11)),
    DistrictData("kottayam", "Kottayam", "കോട്ടയം", (50, 43, 7)),
    DistrictData("idukki", "Idukki", "ഇടുക്കി", (49, 43, 8)),
    DistrictData("ernakulam", "Ernakulam", "എറണാകുളം", (46, 38, 16)),
    DistrictData("thrissur", "Thrissur", "തൃശ്ശൂർ", (58, 24, 18)),
    DistrictData("palakkad", "Palakkad", "പാലക്കാട്", (67, 4, 29)),
    DistrictData("malappuram", "Malappuram", "മലപ്പുറം", (28, 2, 70)),
    DistrictData("kozhikode", "Kozhikode", "കോഴിക്കോട്", (56, 4, 40)),
    DistrictData("wayanad", "Wayanad", "വയനാട്", (50, 21, 29)),
    DistrictData("kannur", "Kannur", "കണ്ണൂർ", (60, 10, 30)),
    DistrictData("kasaragod", "Kasaragod", "കാസർഗോഡ്", (56, 7, 37)),
)

CITIES: tuple[CityData, ...] = (
    CityData(
        "kochi",
        "Kochi",
        "കൊച്ചി",
        "ernakulam",
        64,
        ("Cochin", "Ernakulam", "Eranakulam", "Kochin"),
        ("Panampilly Nagar", "Vyttila", "Kakkanad", "Edappally", "Kaloor", "Palarivattom", "Kadavanthra", "Fort Kochi"),
    ),
    CityData(
        "thiruvananthapuram",
        "Thiruvananthapuram",
        "തിരുവനന്തപുരം",
        "thiruvananthapuram",
        58,
        ("Trivandrum", "Thiruvanathapuram", "Tvm"),
        (
            "Pattom",
            "Kowdiar",
            "Vazhuthacaud",
            "Kesavadasapuram",
            "Kazhakkoottam",
            "Peroorkada",
            "Thampanoor",
            "Karamana",
        ),
    ),
    CityData(
        "kozhikode",
        "Kozhikode",
        "കോഴിക്കോട്",
        "kozhikode",
        41,
        ("Calicut", "Kozhikkode", "Kozhicode"),
        ("Mavoor Road", "Nadakkavu", "Chevayur", "West Hill", "Palayam", "Eranhipalam", "Beypore", "Kallayi"),
    ),
    CityData(
        "thrissur",
        "Thrissur",
        "തൃശ്ശൂർ",
        "thrissur",
        37,
        ("Trichur", "Trissur", "Thrissoor", "Trichoor"),
        ("Ayyanthole", "Punkunnam", "East Fort", "Kuriachira", "Ollur", "Mannuthy", "Poothole"),
    ),
    CityData(
        "kollam",
        "Kollam",
        "കൊല്ലം",
        "kollam",
        22,
        ("Quilon", "Kolam"),
        ("Chinnakada", "Kadappakada", "Asramam", "Thevally", "Polayathode", "Kottiyam"),
    ),
    CityData(
        "kottayam",
        "Kottayam",
        "കോട്ടയം",
        "kottayam",
        21,
        ("Cottayam", "Kotayam"),
        ("Nagampadam", "Kanjikuzhi", "Thirunakkara", "Kumaranalloor", "Ettumanoor", "Gandhi Nagar"),
    ),
    CityData(
        "alappuzha",
        "Alappuzha",
        "ആലപ്പുഴ",
        "alappuzha",
        18,
        ("Alleppey", "Aleppey", "Alapuzha"),
        ("Mullakkal", "Vazhicherry", "Thathampally", "Punnapra", "Kalarcode"),
    ),
    CityData(
        "kannur",
        "Kannur",
        "കണ്ണൂർ",
        "kannur",
        17,
        ("Cannanore", "Kannoor", "Canannore"),
        ("Thavakkara", "Talap", "Pallikunnu", "Thana", "Chovva"),
    ),
    CityData(
        "palakkad",
        "Palakkad",
        "പാലക്കാട്",
        "palakkad",
        15,
        ("Palghat", "Palakad", "Palaghat"),
        ("Chandranagar", "Olavakkode", "Koppam", "Sultanpet", "Kalmandapam"),
    ),
    CityData(
        "malappuram",
        "Malappuram",
        "മലപ്പുറം",
        "malappuram",
        14,
        ("Malapuram", "Mallappuram"),
        ("Kottappadi", "Up Hill", "Down Hill", "Kunnummal"),
    ),
    CityData(
        "kottakkal",
        "Kottakkal",
        "കോട്ടക്കൽ",
        "malappuram",
        10,
        ("Kottackal", "Kotakkal"),
        ("Changuvetty", "Edarikode", "Puthur"),
    ),
    CityData(
        "aluva",
        "Aluva",
        "ആലുവ",
        "ernakulam",
        10,
        ("Alwaye", "Alua"),
        ("Thottakkattukara", "Desom", "Pulinchode", "Bank Junction"),
    ),
    CityData(
        "perinthalmanna",
        "Perinthalmanna",
        "പെരിന്തൽമണ്ണ",
        "malappuram",
        10,
        ("Perintalmanna", "Perinthalmana"),
        ("Mannarkkad Road", "Jubilee Road", "Angadippuram", "Ponniakurussi"),
    ),
    CityData(
        "pathanamthitta",
        "Pathanamthitta",
        "പത്തനംതിട്ട",
        "pathanamthitta",
        9,
        ("Pathanamthita", "Pathanamtitta"),
        ("Kumbazha", "Kaipattoor", "Azhoor", "Stadium Junction"),
    ),
    CityData(
        "thiruvalla",
        "Thiruvalla",
        "തിരുവല്ല",
        "pathanamthitta",
        9,
        ("Tiruvalla", "Thiruvala"),
        ("Ramanchira", "Kuttapuzha", "Muthoor", "Kavumbhagom"),
    ),
    CityData(
        "thalassery",
        "Thalassery",
        "തലശ്ശേരി",
        "kannur",
        8,
        ("Tellicherry", "Tellichery", "Talassery", "Thalasseri"),
        ("Chirakkara", "Narangapuram", "Saidarpalli", "Temple Gate"),
    ),
    CityData(
        "manjeri",
        "Manjeri",
        "മഞ്ചേരി",
        "malappuram",
        8,
        ("Manjery", "Mancheri", "Mangeri"),
        ("Kacheripadi", "Melakkam", "Karuvambram"),
    ),
    CityData(
        "thrippunithura",
        "Thrippunithura",
        "തൃപ്പൂണിത്തുറ",
        "ernakulam",
        8,
        ("Tripunithura", "Trippunithura", "Thripunithura"),
        ("Hill Palace Road", "Eroor", "Petta", "Statue Junction"),
    ),
    CityData("vadakara", "Vadakara", "വടകര", "kozhikode", 7, ("Badagara", "Vatakara", "Vadagara")),
    CityData("tirur", "Tirur", "തിരൂർ", "malappuram", 6, ("Thirur", "Thiroor", "Tiroor")),
    CityData("thodupuzha", "Thodupuzha", "തൊടുപുഴ", "idukki", 6, ("Todupuzha", "Thodupuza")),
    CityData(
        "changanassery",
        "Changanassery",
        "ചങ്ങനാശ്ശേരി",
        "kottayam",
        6,
        ("Changanacherry", "Changanasserry", "Changanacheri"),
    ),
    CityData("pala", "Pala", "പാലാ", "kottayam", 6, ("Palai", "Paala", "Meenachil")),
    CityData("muvattupuzha", "Muvattupuzha", "മൂവാറ്റുപുഴ", "ernakulam", 6, ("Moovattupuzha", "Muvatupuzha")),
    CityData("perumbavoor", "Perumbavoor", "പെരുമ്പാവൂർ", "ernakulam", 6, ("Perumbavur", "Perumpavoor")),
    CityData("angamaly", "Angamaly", "അങ്കമാലി", "ernakulam", 6, ("Angamali", "Ankamaly")),
    CityData("kasaragod", "Kasaragod", "കാസർഗോഡ്", "kasaragod", 6, ("Kasargod", "Kasargode", "Kasarkode", "Cassergode")),
    CityData("kayamkulam", "Kayamkulam", "കായംകുളം", "alappuzha", 6, ("Kayankulam", "Kayamkulum")),
    CityData("neyyattinkara", "Neyyattinkara", "നെയ്യാറ്റിൻകര", "thiruvananthapuram", 6, ("Neyyatinkara", "Neyattinkara")),
    CityData("attingal", "Attingal", "ആറ്റിങ്ങൽ", "thiruvananthapuram", 5, ("Attingel", "Atingal")),
    CityData("kottarakkara", "Kottarakkara", "കൊട്ടാരക്കര", "kollam", 5, ("Kottarakara", "Kotarakkara")),
    CityData("karunagappally", "Karunagappally", "കരുനാഗപ്പള്ളി", "kollam", 5, ("Karunagapally", "Karunagappalli")),
    CityData("cherthala", "Cherthala", "ചേർത്തല", "alappuzha", 5, ("Shertallai", "Sherthalai", "Chertala")),
    CityData("irinjalakuda", "Irinjalakuda", "ഇരിങ്ങാലക്കുട", "thrissur", 5, ("Iringalakuda", "Irinjalakkuda")),
    CityData("chalakudy", "Chalakudy", "ചാലക്കുടി", "thrissur", 5, ("Chalakkudy", "Chalakudi")),
    CityData("payyanur", "Payyanur", "പയ്യന്നൂർ", "kannur", 5, ("Payyannur", "Payyanoor")),
    CityData("taliparamba", "Taliparamba", "തളിപ്പറമ്പ്", "kannur", 5, ("Thaliparamba", "Thaliparambu")),
    CityData("kanhangad", "Kanhangad", "കാഞ്ഞങ്ങാട്", "kasaragod", 5, ("Kanjangad", "Hosdurg", "Kanhangadu")),
    CityData("kodungallur", "Kodungallur", "കൊടുങ്ങല്ലൂർ", "thrissur", 4, ("Cranganore", "Kodungalloor")),
    CityData("guruvayur", "Guruvayur", "ഗുരുവായൂർ", "thrissur", 4, ("Guruvayoor", "Guruvayour")),
    CityData("ottapalam", "Ottapalam", "ഒറ്റപ്പാലം", "palakkad", 4, ("Ottappalam", "Otapalam")),
    CityData("koyilandy", "Koyilandy", "കൊയിലാണ്ടി", "kozhikode", 4, ("Quilandy", "Koilandy", "Koyilandi")),
    CityData("kalpetta", "Kalpetta", "കൽപ്പറ്റ", "wayanad", 4, ("Kalpatta", "Kalpeta", "Wayanad")),
    CityData(
        "sulthan-bathery",
        "Sulthan Bathery",
        "സുൽത്താൻ ബത്തേരി",
        "wayanad",
        4,
        ("Sultan's Battery", "Sultan Bathery", "Sultans Battery", "Bathery", "Ganapathyvattam"),
    ),
    CityData("punalur", "Punalur", "പുനലൂർ", "kollam", 3, ("Punaloor", "Punalor")),
    CityData("adoor", "Adoor", "അടൂർ", "pathanamthitta", 3, ("Adur",)),
    CityData("ponnani", "Ponnani", "പൊന്നാനി", "malappuram", 3, ("Ponani",)),
    CityData("kattappana", "Kattappana", "കട്ടപ്പന", "idukki", 3, ("Kattapana",)),
    CityData("mananthavady", "Mananthavady", "മാനന്തവാടി", "wayanad", 3, ("Manantoddy", "Manathavady")),
    CityData("munnar", "Munnar", "മൂന്നാർ", "idukki", 2, ("Moonnar", "Munnaar")),
)

BY_SLUG: dict[str, CityData] = {city.slug: city for city in CITIES}
DISTRICT_BY_SLUG: dict[str, DistrictData] = {district.slug: district for district in DISTRICTS}
# Where a town has no named part of its own, an address uses one of these.
ROADS: tuple[str, ...] = (
    "Main Road",
    "Hospital Road",
    "Temple Road",
    "Church Road",
    "Market Road",
    "Station Road",
    "Bypass Junction",
    "Old Bus Stand",
)


def localities_of(city: CityData) -> tuple[str, ...]:
    """The parts of a city that an address may name."""
    return city.localities or ROADS
