"""What doctors treat, in the patient's words, with the usual length of a visit and the usual fee in Kerala."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecialtyData:
    """A specialty: `minutes` a usual visit takes, `fees` in rupees (low, high), `weight` its share of doctors.

    `keywords` are illnesses and Malayalam words, also in Latin letters, as people type them; `degrees` what its doctors
    hold; `home` whether it is practised in home clinics too.
    """

    slug: str
    name: str
    clinical: str
    keywords: tuple[str, ...]
    minutes: int
    fees: tuple[int, int]
    weight: int
    degrees: tuple[str, ...]
    home: bool


def _specialty(
    slug: str,
    names: tuple[str, str, str],
    said: str,
    *,
    minutes: int,
    fees: tuple[int, int],
    weight: int,
    held: str,
    home: bool = True,
) -> SpecialtyData:
    """One entry of the table: names for patients, in Malayalam, for clinics; words by commas, degrees by bars."""
    name, name_ml, clinical = names
    keywords = (name_ml, *(word.strip() for word in said.split(",")))
    return SpecialtyData(slug, name, clinical, keywords, minutes, fees, weight, tuple(held.split("|")), home)


SPECIALTIES: tuple[SpecialtyData, ...] = (
    _specialty("general-medicine", ("General medicine", "ജനറൽ മെഡിസിൻ", "General medicine"),
        "fever, cold, cough, headache, body pain, infection, pressure, blood pressure, weakness, pani, chuma, "
        "thalavedana, physician",
        minutes=8, fees=(150, 350), weight=52,
        held="MBBS, MD|MBBS, DNB (Medicine)|MBBS, MD (General Medicine)"),
    _specialty("family", ("Family doctor", "കുടുംബ ഡോക്ടർ", "Family medicine"),
        "fever, check-up, vaccination, medical certificate, family, gp, general practitioner, pani",
        minutes=7, fees=(100, 250), weight=40,
        held="MBBS|MBBS, DNB (Family Medicine)|MBBS, MRCGP"),
    _specialty("children", ("Children", "കുട്ടികൾ", "Paediatrics"),
        "child, baby, vaccination, immunisation, fever, cough, growth, pediatrics, pediatrician, kutty, kuttikal",
        minutes=8, fees=(200, 400), weight=24,
        held="MBBS, MD (Paediatrics)|MBBS, DCH|MBBS, DNB (Paediatrics)"),
    _specialty("women", ("Women", "സ്ത്രീരോഗം", "Gynaecology and obstetrics"),
        "pregnancy, periods, delivery, scan, white discharge, pcod, menopause, gynecology, gynaecologist, garbham",
        minutes=10, fees=(250, 450), weight=19,
        held="MBBS, MS (OBG)|MBBS, DGO|MBBS, MD, DNB (OBG)"),
    _specialty("bones", ("Bones and joints", "അസ്ഥിരോഗം", "Orthopaedics"),
        "back pain, knee pain, fracture, shoulder, neck pain, sprain, arthritis, ortho, orthopedics, muttu vedana, "
        "naduvedana",
        minutes=9, fees=(250, 500), weight=14,
        held="MBBS, MS (Ortho)|MBBS, D Ortho|MBBS, DNB (Ortho)"),
    _specialty("skin", ("Skin", "ത്വക്ക്", "Dermatology"),
        "rash, itching, acne, pimples, hair fall, fungal, psoriasis, eczema, nails, dermatologist, chorichil, tholi",
        minutes=7, fees=(300, 500), weight=12,
        held="MBBS, MD (DVL)|MBBS, DDVL|MBBS, DNB (Dermatology)"),
    _specialty("ent", ("Ear, nose, throat", "ചെവി, മൂക്ക്, തൊണ്ട", "Otorhinolaryngology (ENT)"),
        "ent, ear pain, hearing, sinus, tonsil, throat, nose bleed, vertigo, snoring, chevi, thonda, mookku",
        minutes=8, fees=(200, 400), weight=11,
        held="MBBS, MS (ENT)|MBBS, DLO|MBBS, DNB (ENT)"),
    _specialty("eyes", ("Eyes", "കണ്ണ്", "Ophthalmology"),
        "eye, glasses, vision, cataract, red eye, glaucoma, spectacles, kannu, thimiram",
        minutes=9, fees=(200, 400), weight=9,
        held="MBBS, MS (Ophthalmology)|MBBS, DO|MBBS, DNB (Ophthalmology)"),
    _specialty("heart", ("Heart", "ഹൃദയം", "Cardiology"),
        "chest pain, palpitation, ecg, echo, blood pressure, cholesterol, cardiologist, hridayam, nenju vedana",
        minutes=12, fees=(400, 700), weight=7, home=False,
        held="MBBS, MD, DM (Cardiology)|MBBS, MD, DNB (Cardiology)"),
    _specialty("diabetes", ("Diabetes", "പ്രമേഹം", "Diabetology"),
        "sugar, blood sugar, insulin, hba1c, foot care, prameham, pramekam, diabetic",
        minutes=10, fees=(250, 500), weight=12,
        held="MBBS, MD, PG Dip Diabetology|MBBS, F Diab"),
    _specialty("hormones", ("Thyroid and hormones", "തൈറോയ്ഡ്", "Endocrinology"),
        "thyroid, weight gain, pcos, hormone, growth, goitre, sugar",
        minutes=12, fees=(400, 650), weight=4, home=False,
        held="MBBS, MD, DM (Endocrinology)"),
    _specialty("teeth", ("Teeth", "പല്ല്", "Dentistry"),
        "tooth pain, dentist, dental, cleaning, filling, root canal, gums, cavity, pallu, pallu vedana",
        minutes=20, fees=(150, 350), weight=26,
        held="BDS|BDS, MDS|BDS, MDS (Conservative Dentistry)"),
    _specialty("braces", ("Braces", "പല്ലിന് കമ്പി", "Orthodontics"),
        "teeth straightening, braces, aligner, gap in teeth, crooked teeth, pallu kambi",
        minutes=15, fees=(200, 400), weight=4,
        held="BDS, MDS (Orthodontics)"),
    _specialty("ayurveda", ("Ayurveda", "ആയുർവേദം", "Ayurveda"),
        "panchakarma, oil massage, back pain, kashayam, arishtam, vaidyan, uzhichil, pizhichil",
        minutes=14, fees=(100, 300), weight=24,
        held="BAMS|BAMS, MD (Ayu)|BAMS, MD (Kayachikitsa)"),
    _specialty("homeopathy", ("Homeopathy", "ഹോമിയോപ്പതി", "Homoeopathy"),
        "homoeo, homeo, allergy, migraine, asthma, piles, children",
        minutes=12, fees=(100, 250), weight=18,
        held="BHMS|BHMS, MD (Hom)"),
    _specialty("physiotherapy", ("Physiotherapy", "ഫിസിയോതെറാപ്പി", "Physiotherapy"),
        "exercise, back pain, neck pain, stroke, frozen shoulder, knee, sports injury, physio, vyayamam",
        minutes=25, fees=(250, 450), weight=12,
        held="MPT, PhD|MPT (Ortho), PhD|MPT (Sports), PhD"),
    _specialty("lungs", ("Lungs and breathing", "ശ്വാസകോശം", "Pulmonology"),
        "asthma, breathing, wheezing, cough, tb, copd, sleep apnoea, chest, swasam muttal, chuma",
        minutes=10, fees=(300, 550), weight=6,
        held="MBBS, MD (Pulmonary Medicine)|MBBS, DTCD"),
    _specialty("stomach", ("Stomach and digestion", "ഉദരരോഗം", "Gastroenterology"),
        "gas, acidity, ulcer, stomach pain, constipation, jaundice, endoscopy, vayaru vedana, liver",
        minutes=10, fees=(350, 600), weight=6, home=False,
        held="MBBS, MD, DM (Gastroenterology)|MBBS, MD, DNB (Gastro)"),
    _specialty("liver", ("Liver", "കരൾ", "Hepatology"),
        "fatty liver, jaundice, hepatitis, cirrhosis, karal, manjapitham",
        minutes=12, fees=(450, 700), weight=2, home=False,
        held="MBBS, MD, DM (Hepatology)"),
    _specialty("kidney", ("Kidney", "വൃക്ക", "Nephrology"),
        "dialysis, creatinine, swelling, kidney failure, protein in urine, vrikka",
        minutes=12, fees=(400, 650), weight=4, home=False,
        held="MBBS, MD, DM (Nephrology)"),
    _specialty("urology", ("Urine and stones", "മൂത്രാശയം", "Urology"),
        "kidney stone, prostate, urine infection, burning urine, mootram, kallu",
        minutes=10, fees=(350, 600), weight=4, home=False,
        held="MBBS, MS, MCh (Urology)|MBBS, MS, DNB (Urology)"),
    _specialty("nerves", ("Brain and nerves", "നാഡീരോഗം", "Neurology"),
        "headache, migraine, fits, epilepsy, stroke, numbness, memory, parkinson, apasmaram, thalavedana",
        minutes=14, fees=(450, 750), weight=5, home=False,
        held="MBBS, MD, DM (Neurology)"),
    _specialty("neurosurgery", ("Brain and spine surgery", "ന്യൂറോ സർജറി", "Neurosurgery"),
        "disc, spine, brain tumour, slip disc, sciatica, head injury",
        minutes=12, fees=(500, 800), weight=2, home=False,
        held="MBBS, MS, MCh (Neurosurgery)"),
    _specialty("mind", ("Mind and mood", "മനസ്സ്", "Psychiatry"),
        "depression, anxiety, sleep, stress, panic, addiction, alcohol, psychiatrist, manassu, urakkam",
        minutes=18, fees=(350, 650), weight=6,
        held="MBBS, MD (Psychiatry)|MBBS, DPM"),
    _specialty("counselling", ("Counselling", "കൗൺസലിംഗ്", "Clinical psychology"),
        "counsellor, marriage, exam stress, learning, adhd, therapy, psychologist",
        minutes=40, fees=(500, 900), weight=4,
        held="MPhil, PhD (Clinical Psychology)|PsyD"),
    _specialty("surgery", ("General surgery", "ജനറൽ സർജറി", "General surgery"),
        "hernia, piles, appendix, gallbladder, lump, wound, fistula, varicose vein, surgeon, moolakkuru",
        minutes=9, fees=(250, 450), weight=9,
        held="MBBS, MS (General Surgery)|MBBS, DNB (Surgery)"),
    _specialty("child-surgery", ("Children's surgery", "കുട്ടികളുടെ സർജറി", "Paediatric surgery"),
        "child hernia, circumcision, undescended testis, newborn surgery",
        minutes=10, fees=(400, 600), weight=1, home=False,
        held="MBBS, MS, MCh (Paediatric Surgery)"),
    _specialty("plastic-surgery", ("Plastic surgery", "പ്ലാസ്റ്റിക് സർജറി", "Plastic surgery"),
        "burns, scar, hand injury, cosmetic, cleft lip, hair transplant",
        minutes=12, fees=(450, 700), weight=2, home=False,
        held="MBBS, MS, MCh (Plastic Surgery)"),
    _specialty("cancer", ("Cancer", "അർബുദം", "Oncology"),
        "tumour, chemotherapy, breast lump, second opinion, radiation, arbudam",
        minutes=18, fees=(500, 800), weight=4, home=False,
        held="MBBS, MD, DM (Medical Oncology)|MBBS, MD (Radiotherapy)"),
    _specialty("rheumatism", ("Joint swelling and arthritis", "വാതരോഗം", "Rheumatology"),
        "arthritis, lupus, gout, joint pain, morning stiffness, vatham, rheumatism",
        minutes=12, fees=(400, 650), weight=3, home=False,
        held="MBBS, MD, DM (Rheumatology)"),
    _specialty("blood", ("Blood", "രക്തരോഗം", "Haematology"),
        "anaemia, low platelets, haemophilia, thalassemia, raktham, vilarcha",
        minutes=14, fees=(450, 700), weight=1, home=False,
        held="MBBS, MD, DM (Haematology)"),
    _specialty("fertility", ("Fertility", "വന്ധ്യതാ ചികിത്സ", "Reproductive medicine"),
        "infertility, ivf, iui, pregnancy, semen, ovulation, couple",
        minutes=18, fees=(500, 800), weight=4, home=False,
        held="MBBS, MS, Fellowship (Reproductive Medicine)"),
    _specialty("newborn", ("Newborn babies", "നവജാത ശിശു", "Neonatology"),
        "newborn, premature, jaundice, feeding, nicu, low birth weight",
        minutes=12, fees=(300, 500), weight=3, home=False,
        held="MBBS, MD, DM (Neonatology)|MBBS, DCH, Fellowship (Neonatology)"),
    _specialty("child-growth", ("Child development", "കുട്ടികളുടെ വളർച്ച", "Developmental paediatrics"),
        "autism, late talking, adhd, learning, school, growth",
        minutes=30, fees=(400, 700), weight=2,
        held="MBBS, MD, PGDDN"),
    _specialty("elders", ("Elders", "വയോജന ചികിത്സ", "Geriatric medicine"),
        "old age, memory loss, falls, weakness, home visit, dementia",
        minutes=14, fees=(250, 450), weight=4,
        held="MBBS, MD (Geriatrics)|MBBS, PG Dip Geriatrics"),
    _specialty("pain", ("Pain relief", "വേദന ചികിത്സ", "Pain and palliative medicine"),
        "chronic pain, nerve pain, palliative, cancer pain, sciatica, vedana",
        minutes=14, fees=(300, 500), weight=3,
        held="MBBS, MD, FIPM|MBBS, DA, Fellowship (Palliative)"),
    _specialty("allergy", ("Allergy", "അലർജി", "Allergy and immunology"),
        "sneezing, dust, food allergy, hives, asthma, itching, thummal",
        minutes=12, fees=(300, 500), weight=4,
        held="MBBS, MD, Dip Allergy|MBBS, DAA"),
    _specialty("diet", ("Diet and weight", "ഭക്ഷണക്രമം", "Nutrition and dietetics"),
        "weight loss, diet plan, cholesterol, diabetes diet, obesity, dietitian",
        minutes=20, fees=(250, 450), weight=3,
        held="MSc, PhD (Nutrition)|MSc (Dietetics), PhD, RD"),
    _specialty("speech", ("Speech and hearing", "സംസാരവും കേൾവിയും", "Audiology and speech therapy"),
        "hearing aid, stammering, late talking, speech therapy, audiogram, vikku",
        minutes=25, fees=(250, 450), weight=3,
        held="MASLP, PhD (Audiology)|MASLP, PhD (Speech)"),
    _specialty("siddha", ("Siddha and marma", "സിദ്ധ, മർമ്മം", "Siddha"),
        "marma, varma, siddha, joint pain, kalari, thirummal",
        minutes=14, fees=(100, 250), weight=2,
        held="BSMS|BSMS, MD (Siddha)"),
    _specialty("unani", ("Unani", "യുനാനി", "Unani"),
        "hijama, cupping, unani, hakeem, migraine",
        minutes=14, fees=(100, 250), weight=2,
        held="BUMS|BUMS, MD (Unani)"),
    _specialty("naturopathy", ("Yoga and naturopathy", "യോഗ, പ്രകൃതി ചികിത്സ", "Naturopathy and yoga"),
        "yoga, fasting, mud therapy, weight, stress, prakruthi chikilsa",
        minutes=18, fees=(150, 300), weight=3,
        held="BNYS|BNYS, MD (Naturopathy)"),
)  # fmt: skip

BY_SLUG: dict[str, SpecialtyData] = {specialty.slug: specialty for specialty in SPECIALTIES}
# The departments a hospital has first; others follow by weight.
CORE_OF_A_HOSPITAL: tuple[str, ...] = (
    "general-medicine", "children", "women", "bones", "surgery", "heart", "ent", "skin",
)  # fmt: skip
# Found in clinics of their own rather than along a hospital's corridors.
RARELY_IN_HOSPITALS: frozenset[str] = frozenset({"family", "homeopathy", "siddha", "unani", "naturopathy", "ayurveda"})
