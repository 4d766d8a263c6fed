"""China's public holidays: by the State Council's notice where there is one, else the days that the law itself names.

The notice for a year comes out in November before it and says which weekends are worked instead. A base enters what is
newer than this file, or its own days, as data (``actions.workdays``).

Source: 国务院办公厅关于 2025/2026 年部分节假日安排的通知 (2024-11-12, 2025-11-04); 全国年节及纪念日放假办法 as amended
2024-11-10, which gives 13 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

__all__ = ["LAST_NOTICE", "SpecialDay", "has_notice", "special_days"]


@dataclass(frozen=True)
class SpecialDay:
    """A day that is not what its weekday says: ``working`` False is a holiday, True a weekend that is worked."""

    day: date
    working: bool
    zh: str
    en: str


_NAMES = {
    "new year": ("元旦", "New Year's Day"), "spring": ("春节", "Spring Festival"), "qingming": ("清明节", "Tomb-Sweeping Day"),
    "labour": ("劳动节", "Labour Day"), "dragon boat": ("端午节", "Dragon Boat Festival"), "autumn": ("中秋节", "Mid-Autumn Festival"),
    "national": ("国庆节", "National Day"), "both": ("国庆节、中秋节", "National Day and Mid-Autumn Festival"),
}  # fmt: skip

_Notice = tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]]
_NOTICES: dict[int, _Notice] = {
    2025: (
        (
            ("01-01", "01-01", "new year"), ("01-28", "02-04", "spring"), ("04-04", "04-06", "qingming"), ("05-01", "05-05", "labour"),
            ("05-31", "06-02", "dragon boat"), ("10-01", "10-08", "both"),
        ),
        (("01-26", "spring"), ("02-08", "spring"), ("04-27", "labour"), ("09-28", "both"), ("10-11", "both")),
    ),
    2026: (
        (
            ("01-01", "01-03", "new year"), ("02-15", "02-23", "spring"), ("04-04", "04-06", "qingming"), ("05-01", "05-05", "labour"),
            ("06-19", "06-21", "dragon boat"), ("09-25", "09-27", "autumn"), ("10-01", "10-07", "national"),
        ),
        (("01-04", "new year"), ("02-14", "spring"), ("02-28", "spring"), ("05-09", "labour"), ("09-20", "national"), ("10-10", "national")),
    ),
}  # fmt: skip
LAST_NOTICE = max(_NOTICES)

_LUNAR: dict[int, tuple[str, str, str, str]] = {
    2027: ("02-06", "04-05", "06-09", "09-15"), 2028: ("01-26", "04-04", "05-28", "10-03"), 2029: ("02-13", "04-04", "06-16", "09-22"),
    2030: ("02-03", "04-05", "06-05", "09-12"),
}  # fmt: skip
"""First day of the first lunar month, Qingming, fifth of the fifth, fifteenth of the eighth month."""


def has_notice(year: int) -> bool:
    """Return whether the notice for a year is in this file."""
    return year in _NOTICES


@cache
def special_days(year: int) -> dict[date, SpecialDay]:
    """Return the days of a year that are not what their weekday says, by day."""
    found = _noticed(year) if has_notice(year) else _lawful(year)
    return {one.day: one for one in found}


def _noticed(year: int) -> Iterator[SpecialDay]:
    off, worked = _NOTICES[year]
    for first, last, name in off:
        day = _day(year, first)
        while day <= _day(year, last):
            yield SpecialDay(day, False, *_NAMES[name])
            day += timedelta(days=1)
    for text, name in worked:
        zh, en = _NAMES[name]
        yield SpecialDay(_day(year, text), True, f"{zh}调休", f"worked for {en}")


def _lawful(year: int) -> Iterator[SpecialDay]:
    """The thirteen days of the law; without the lunar ones where this file does not reach."""
    days = [
        ("01-01", "new year"), ("05-01", "labour"), ("05-02", "labour"), ("10-01", "national"), ("10-02", "national"), ("10-03", "national"),
    ]  # fmt: skip
    if year in _LUNAR:
        spring, qingming, dragon, autumn = _LUNAR[year]
        for n in range(-1, 3):  # New Year's Eve to the third
            yield SpecialDay(_day(year, spring) + timedelta(days=n), False, *_NAMES["spring"])
        days += [(qingming, "qingming"), (dragon, "dragon boat"), (autumn, "autumn")]
    for text, name in days:
        yield SpecialDay(_day(year, text), False, *_NAMES[name])


def _day(year: int, text: str) -> date:
    return date.fromisoformat(f"{year}-{text}")
