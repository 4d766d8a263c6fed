"""ID numbers, bank cards and phone numbers: published test values, and what Hypothesis finds."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doujia.server.people import identity

TODAY = date(2026, 11, 25)
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def _forms(number: str) -> list[str]:
    spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    return [number, number.translate(FULL_WIDTH), spaced, spaced.replace(" ", "-"), number.lower()]


# The worked examples of GB 11643 (11010519491231002X, 440524188001010014).
@pytest.mark.parametrize(
    "number", [f for n in ("11010519491231002X", "440524188001010014") for f in _forms(n)]
)
def test_valid_id_numbers(number: str) -> None:
    assert identity.id_number_problem(number, TODAY) is None


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("110105194912310021", "check"),
        ("11010519491231002", "form"),
        ("11010519491231002XX", "form"),
        ("1101051949123100AX", "form"),
        ("99010519491231002X", "check"),
        ("10010519491231002X", "region"),
        ("11010519491331002X", "date"),
        ("11010519490229002X", "date"),
        ("110105202611260020", "date"),
        ("110105187512310021", "date"),
        ("", "form"),
        ("130503670401001", "form"),
        ("１1010519491231002Ⅹ", "check"),
    ],
)
def test_wrong_id_numbers(number: str, problem: str) -> None:
    if problem == "check" and number.endswith("Ⅹ"):
        # NFKC turns the Roman numeral ten into the letter X: the number is right.
        assert identity.id_number_problem(number, TODAY) is None
    else:
        assert identity.id_number_problem(number, TODAY) == problem


@given(st.from_regex(r"\A[1-6][0-9]{16}\Z"), st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(first17: str, place: int, by: int) -> None:
    """ISO 7064 MOD 11-2 finds every single substitution."""
    other = first17[:place] + str((int(first17[place]) + by) % 10) + first17[place + 1 :]
    assert identity.id_number_check(first17) != identity.id_number_check(other)


@given(st.from_regex(r"\A[1-6][0-9]{16}\Z"))
def test_the_check_character_satisfies_the_standards_congruence(first17: str) -> None:
    """ISO 7064: the sum of a_i * 2^(i-1) over all 18 characters, from the right, is 1 modulo 11."""
    check = identity.id_number_check(first17)
    values = [int(d) for d in first17] + [10 if check == "X" else int(check)]
    assert sum(v * pow(2, 17 - i, 11) for i, v in enumerate(values)) % 11 == 1


@pytest.mark.parametrize(
    "number", _forms("6222020200112233446") + ["4111111111111111", "5500005555555559", "378282246310005"]
)
def test_valid_bank_cards(number: str) -> None:
    assert identity.bank_card_valid(number) is True


@pytest.mark.parametrize(
    "number", ["6222020200112233445", "411111111111", "41111111111111111112", "4111x11111111111", ""]
)
def test_wrong_bank_cards(number: str) -> None:
    assert identity.bank_card_valid(number) is False


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("１３８－００１３－８０００", "13800138000"),
        ("12800138000", None),
        ("1380013800", None),
        ("138001380000", None),
        ("0138001380000", None),
        ("王小豆", None),
    ],
)
def test_phone_numbers(text: str, number: str | None) -> None:
    assert identity.normalise_phone(text) == number


def test_masks_show_little() -> None:
    assert identity.mask_id_number("11010519491231002X") == "1****************X"
    assert identity.mask_card("6222020200112233446") == "**** 3446"
    assert identity.mask_phone("13800138000") == "138****8000"
    assert identity.mask_name("欧阳小豆") == "欧***"
