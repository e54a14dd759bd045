"""Indian mobile numbers, and nothing else."""

import re

import phonenumbers
from phonenumbers import PhoneNumberType

MOBILE = re.compile(r"[6-9]\d{9}")


class PhoneError(ValueError):
    """Why a number cannot be used, in words for the person who typed it."""


def parse_mobile(text: str) -> str:
    """E.164 (+919847000112) of an Indian mobile typed in any usual way, Malayalam digits included."""
    try:
        number = phonenumbers.parse(text.strip(), "IN")
    except phonenumbers.NumberParseException:
        raise PhoneError("That does not look like a phone number. Give the 10 digits, like 98470 00112.") from None
    if number.country_code != 91:
        raise PhoneError("Only Indian mobile numbers can be used. Give the 10 digits, like 98470 00112.")
    national = str(number.national_number)
    kind = phonenumbers.number_type(number)
    if number.extension or number.italian_leading_zero or not MOBILE.fullmatch(national):
        if phonenumbers.is_valid_number(number) and not MOBILE.fullmatch(national):
            raise PhoneError("That is a landline. We send a code by message, so please give a mobile number.")
        raise PhoneError("An Indian mobile number has 10 digits and starts with 6, 7, 8 or 9.")
    if kind not in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        raise PhoneError("That number is not in use for mobiles in India. Check the digits.")
    return f"+91{national}"


def masked(phone: str) -> str:
    """•••••• 0112, where the whole number need not be shown."""
    return f"•••••• {phone[-4:]}"
