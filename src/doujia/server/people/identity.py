"""Rules for Chinese identity data: resident ID numbers, bank cards, mobile numbers; and how each is masked. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

__all__ = [
    "bank_card_valid", "birth_date", "id_number_check", "id_number_problem", "mask_card", "mask_id_number", "mask_name", "mask_phone",
    "normalise_digits", "normalise_phone",
]  # fmt: skip

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_REGIONS = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)  # fmt: skip
_PHONE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


def normalise_digits(text: str) -> str:
    """Return ``text`` with full-width forms folded, spaces, dots and hyphens dropped, ``x`` as ``X``.

    >>> normalise_digits("１１０１０５ 19491231-002x")
    '11010519491231002X'
    """
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\-‐‑–—·.]", "", folded).upper()


def normalise_phone(text: str) -> str | None:
    """Return the eleven digits of a mainland mobile number, or None.

    >>> normalise_phone("+86 138-0013-8000")
    '13800138000'
    """
    found = _PHONE.fullmatch(normalise_digits(text))
    return found.group(1) if found else None


def id_number_check(first17: str) -> str:
    """Return the check character for the first 17 digits of a resident ID number.

    Source: GB 11643, ISO 7064 MOD 11-2.

    >>> id_number_check("44052418800101001")
    '4'
    """
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError(f"17 digits are needed, got {len(first17)} characters")
    return _CHECK[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def birth_date(number: str) -> date | None:
    """Return the date of birth inside an 18-character ID number, or None when it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_number_problem(text: str, today: date) -> str | None:
    """Return what is wrong with a resident ID number: ``form``, ``region``, ``date``, ``check``; None when it is right."""
    number = normalise_digits(text)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return "form"
    if int(number[:2]) not in _REGIONS and number[0] != "9":
        return "region"
    born = birth_date(number)
    # 150, not 130: the standard's own worked example (440524188001010014) was born in 1880.
    if born is None or born > today or today.year - born.year >= 150:
        return "date"
    return None if number[17] == id_number_check(number[:17]) else "check"


def bank_card_valid(text: str) -> bool:
    """Return whether ``text`` is 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1)."""
    digits = normalise_digits(text)
    if not re.fullmatch(r"[0-9]{13,19}", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mask_id_number(number: str) -> str:
    """Return the number with all but the first and the last character of it hidden."""
    return number[:1] + "*" * max(len(number) - 2, 0) + number[-1:] if number else ""


def mask_card(number: str) -> str:
    """Return only the last four digits of a bank card."""
    return "**** " + number[-4:] if number else ""


def mask_phone(number: str) -> str:
    """Return the phone number with its middle hidden: ``138****8000``."""
    return number[:3] + "****" + number[-4:] if number else ""


def mask_name(name: str) -> str:
    """Return the family name and stars: ``王**``."""
    return name[:1] + "*" * (len(name) - 1) if name else ""
