"""One verdict taken apart: every case counted by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doujia.server.quality.checked import examine


def box(mark_id: str, label: str, *edges: float, **attrs: Any) -> dict[str, Any]:
    x0, y0, x1, y1 = edges or (10.0, 10.0, 50.0, 40.0)
    return {
        "id": mark_id, "label": label, "geometry": {"kind": "box", "x0": x0, "y0": y0, "x1": x1, "y1": y1},
        "attrs": attrs,
    }  # fmt: skip


def document(*marks: dict[str, Any], **item_attrs: Any) -> str:
    return json.dumps({"marks": marks, "relations": [], "item_attrs": item_attrs})


CAR = box("a", "car", hidden="none")
FAR = box("b", "car", 100.0, 10.0, 120.0, 30.0, hidden="most")
VAN = box("c", "truck", 200.0, 10.0, 260.0, 60.0)


def test_accepted_as_it_was_everything_is_right() -> None:
    seen = examine(document(CAR, FAR, VAN, weather="rain"), "[]", "accept")
    assert seen.counts == {
        "class:car": (2, 0), "attr:hidden=none": (1, 0), "attr:hidden=most": (1, 0), "class:truck": (1, 0), "item:weather=rain": (1, 0),
    }  # fmt: skip
    assert seen.pairs == {("car", "car"): 2, ("truck", "truck"): 1}
    assert (seen.marks, seen.wrong, seen.found) == (3, 0, [])


def test_a_finding_on_a_mark_makes_it_wrong_and_the_answer_with_it() -> None:
    findings = json.dumps([{"error_class": "place", "mark": "b", "rule": "2.1", "text": "太大"}])
    seen = examine(document(CAR, FAR, weather="rain"), findings, "reject")
    assert seen.counts["class:car"] == (2, 1)
    assert seen.counts["attr:hidden=most"] == (1, 1)
    assert seen.counts["item:weather=rain"] == (1, 1)
    assert seen.pairs == {("car", "car"): 2}, "the class was right"
    (found,) = seen.found
    assert (found.label, found.rule, found.bounds) == ("car", "2.1", (100.0, 10.0, 120.0, 30.0))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        pytest.param([110, 20], {"class:car": (2, 1), "class:truck": (1, 0)}, id="on the far car"),
        pytest.param([205, 15], {"class:car": (2, 0), "class:truck": (1, 1)}, id="on the truck"),
        pytest.param([400, 300], {"class:car": (2, 0), "class:truck": (1, 0)}, id="on nothing"),
    ],
)
def test_a_place_names_the_mark_that_lies_there(place: list[int], wrong: dict[str, tuple[int, int]]) -> None:
    seen = examine(document(CAR, FAR, VAN), json.dumps([{"error_class": "rule", "place": place}]), "reject")
    assert {k: v for k, v in seen.counts.items() if k.startswith("class:")} == wrong


def test_a_small_mark_inside_a_large_one_is_meant() -> None:
    inside = box("d", "sign", 220.0, 20.0, 230.0, 30.0)
    seen = examine(
        document(VAN, inside), json.dumps([{"error_class": "extra", "place": [225, 25]}]), "reject"
    )
    assert seen.counts["class:sign"] == (1, 1)
    assert seen.pairs == {("truck", "truck"): 1, ("sign", ""): 1}


def test_a_missed_object_counts_and_has_no_class_until_somebody_draws_it() -> None:
    findings = json.dumps([{"error_class": "missed", "place": [225, 30]}])
    seen = examine(document(CAR), findings, "reject")
    assert (seen.marks, seen.wrong) == (2, 1)
    assert seen.counts["class:car"] == (1, 0)
    assert (seen.found[0].label, seen.found[0].bounds) == ("", (201.0, 6.0, 249.0, 54.0))
    later = examine(document(CAR), findings, "reject", later=document(CAR, VAN))
    assert later.counts["class:truck"] == (1, 1)
    assert later.pairs == {("car", "car"): 1, ("", "truck"): 1}
    assert (later.marks, later.wrong, later.found[0].label) == (2, 1, "truck")


def test_what_the_reviewer_changed_was_wrong() -> None:
    moved = box("a", "car", 10.0, 10.0, 60.0, 40.0, hidden="none")
    renamed = dict(VAN, label="bus")
    new = box("n", "person", 300.0, 10.0, 310.0, 40.0)
    seen = examine(document(CAR, FAR, VAN), "[]", "fix", final=document(moved, renamed, new))
    assert {k: v for k, v in seen.counts.items() if k.startswith("class:")} == {
        "class:car": (2, 2),
        "class:truck": (1, 1),
        "class:person": (1, 1),
    }
    assert seen.pairs == {("car", "car"): 1, ("car", ""): 1, ("truck", "bus"): 1, ("", "person"): 1}
    assert (seen.marks, seen.wrong) == (4, 4)
    assert [(f.error_class, f.mark, f.fixed) for f in seen.found] == [
        ("place", "a", True), ("extra", "b", True), ("class", "c", True), ("missed", "n", True),
    ]  # fmt: skip


def test_words_about_a_change_do_not_count_it_twice() -> None:
    new = box("n", "person", 300.0, 10.0, 310.0, 40.0)
    findings = json.dumps(
        [
            {"error_class": "missed", "place": [305, 20], "rule": "1.1"},
            {"error_class": "class", "mark": "c", "rule": "1.2"},
        ]
    )
    seen = examine(document(CAR, VAN), findings, "fix", final=document(CAR, dict(VAN, label="bus"), new))
    assert (seen.marks, seen.wrong) == (3, 2)
    assert [(f.error_class, f.label, f.rule, f.fixed) for f in seen.found] == [
        ("missed", "person", "1.1", False), ("class", "truck", "1.2", False),
    ]  # fmt: skip


def test_a_minor_finding_is_shown_and_does_not_count() -> None:
    findings = json.dumps([{"error_class": "place", "mark": "a", "severity": "minor"}])
    seen = examine(document(CAR), findings, "accept")
    assert (seen.marks, seen.wrong, seen.found[0].severity) == (1, 0, "minor")


def test_a_wrong_name_without_the_right_one_is_no_confusion() -> None:
    findings = json.dumps([{"error_class": "class", "mark": "c"}])
    assert examine(document(CAR, VAN), findings, "reject").pairs == {("car", "car"): 1}
    later = examine(document(CAR, VAN), findings, "reject", later=document(CAR, dict(VAN, label="bus")))
    assert later.pairs == {("car", "car"): 1, ("truck", "bus"): 1}


def test_an_empty_answer_with_nothing_missed_says_nothing_about_any_class() -> None:
    seen = examine(document(), "[]", "accept")
    assert (seen.counts, seen.pairs, seen.marks, seen.wrong) == ({}, {}, 0, 0)


def test_a_finding_on_a_mark_that_is_gone_is_kept_without_a_place() -> None:
    seen = examine(document(CAR), json.dumps([{"error_class": "extra", "mark": "gone"}]), "reject")
    assert (seen.found[0].mark, seen.found[0].bounds, seen.wrong) == ("gone", None, 0)
