"""Offsets against the shared golden vectors and Python's own encoders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doujia.errors import InputError
from doujia.marks.offsets import Offsets, quote

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "offsets.json").read_text(encoding="utf-8"))[
    "texts"
]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: c["name"])
def test_golden_vectors(case: dict) -> None:
    offsets = Offsets(case["text"])
    assert [offsets.length(u) for u in ("code_points", "utf16", "bytes")] == [
        case["code_points"],
        case["utf16"],
        case["utf8"],
    ]
    assert [offsets.from_code_points(i, "utf16") for i in range(case["code_points"] + 1)] == case["cp2u16"]
    for span in case.get("spans", []):
        assert [offsets.to_code_points(u, "utf16") for u in span["u16"]] == span["cp"]
        assert quote(case["text"], *span["cp"]) == span["quote"]


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.data())
def test_every_offset_agrees_with_the_encoders_and_comes_back(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    offsets = Offsets(text)
    for unit, encoding, width in (("utf16", "utf-16-le", 2), ("bytes", "utf-8", 1)):
        there = offsets.from_code_points(at, unit)
        assert there == len(text[:at].encode(encoding)) // width
        assert offsets.to_code_points(there, unit) == at


@pytest.mark.parametrize(("offset", "unit", "code"), [(1, "utf16", "offset_inside_character"), (9, "bytes", "offset_range"),
                                                      (-1, "utf16", "offset_range"), (2, "code_points", "offset_range")])  # fmt: skip
def test_impossible_offsets(offset: int, unit: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        Offsets("𠮷").to_code_points(offset, unit)
    assert caught.value.code == code
