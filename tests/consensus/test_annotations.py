"""Whole annotations become one: objects, relations, values of the item; hand calculations."""

from __future__ import annotations

import math
import typing

import numpy as np
import pytest

from doujia.consensus.structured import (
    KINDS,
    Absent,
    Annotation,
    AnnotationConsensus,
    Ellipses,
    PerspectiveBoxes,
    TextSpans,
)
from doujia.marks import (
    Attribute,
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Interval,
    Keyframe,
    Keypoints,
    Mark,
    Nothing,
    PointLabels3D,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    Relation,
    RotatedBox,
    Span,
    Spans,
    Track,
    rle,
)
from doujia.marks.geometry import Geometry


def box(mark_id: str, x: float, label: str = "car") -> Mark:
    return Mark(id=mark_id, label=label, geometry=Box(x, 0, x + 100, 100))


def fuse(people: dict[str, Annotation], attributes: tuple[Attribute, ...] = ()):
    return AnnotationConsensus(attributes=attributes).fit_predict({"i": people})["i"]


def test_every_geometry_of_the_model_has_a_row():
    assert {kind.geometry for kind in KINDS} == set(typing.get_args(Geometry))


def test_three_who_agree_and_one_object_that_only_one_saw():
    found = fuse(
        {
            "wu": Annotation([box("1", 0), box("2", 500)]),
            "li": Annotation([box("9", 0)]),
            "zhao": Annotation([box("4", 0)]),
        }
    )
    [kept], [dropped] = found.marks, found.dropped
    assert (kept.mark.id, kept.mark.geometry, kept.state) == ("c1", Box(0, 0, 100, 100), "sure")
    assert kept.sources == {"wu": "1", "li": "9", "zhao": "4"}
    assert kept.said == {"wu": "car", "li": "car", "zhao": "car"}
    assert dropped.existence == pytest.approx(1 / 3) and dropped.state == "review"
    assert dropped.said == {"wu": "car", "li": Absent, "zhao": Absent}
    # Three pairs agree on the first object wholly; of the second two pairs disagree and the third (li, zhao) has nothing to say.
    assert (kept.pairs, kept.agreeing, dropped.pairs, dropped.agreeing) == (3, 3.0, 2, 0.0)
    assert found.agreement == pytest.approx(3 / 5)
    assert found.unsure == 1


def test_shifted_boxes_agree_as_far_as_they_overlap():
    # Boxes of 100 × 100, 20 px apart: they share 80 × 100 of 120 × 100.
    found = fuse({"wu": Annotation([box("1", 0)]), "li": Annotation([box("1", 20)])})
    assert found.agreement == pytest.approx(80 / 120)
    assert found.marks[0].mark.geometry == Box(10, 0, 110, 100)


def test_an_empty_picture_is_agreed_on_and_one_person_agrees_with_nobody():
    assert fuse({"wu": Annotation(), "li": Annotation()}).agreement == 1.0
    assert fuse({"wu": Annotation([box("1", 0)])}).agreement is None


def test_values_are_voted_by_their_type():
    attributes = (
        Attribute(id="weather", type="choice", values=["sun", "rain"], scope="item"),
        Attribute(id="things", type="choices", values=["bus", "tram", "bike"], scope="item"),
        Attribute(id="people", type="float", scope="item"),
        Attribute(id="sign", type="text", scope="item"),
    )
    found = fuse(
        {
            "wu": Annotation(item_attrs={"weather": "rain", "things": ["bus", "tram"], "people": 4.0, "sign": "停车场"}),
            "li": Annotation(item_attrs={"weather": "rain", "things": ["bus"], "people": 5.0, "sign": "停车场"}),
            "zhao": Annotation(item_attrs={"weather": "sun", "things": ["bus", "tram"], "people": 40.0, "sign": "停车长"}),
        },
        attributes,
    )  # fmt: skip
    values = {v.name: v for v in found.values}
    assert {n: v.value for n, v in values.items()} == {
        "weather": "rain", "things": ["bus", "tram"], "people": 5.0, "sign": "停车场",
    }  # fmt: skip
    assert values["weather"].probability == pytest.approx(2 / 3) and values["weather"].state == "review"
    assert values["things"].probability == pytest.approx(2 / 3)  # tram: two of three; bike was never said
    assert found.annotation.item_attrs["weather"] == "rain"


def test_a_value_that_most_leave_out_is_left_out():
    found = fuse(
        {"wu": Annotation(item_attrs={"night": True}), "li": Annotation(), "zhao": Annotation()},
        (Attribute(id="night", type="bool", scope="item"),),
    )
    assert found.annotation.item_attrs == {} and found.unsure == 1


def test_relations_go_with_the_objects_they_join():
    def person(a: str, b: str, *kinds: str) -> Annotation:
        return Annotation(
            [box(a, 0), box(b, 500)],
            [Relation(id=f"r-{k}", type=k, source=a, target=b) for k in kinds],
        )

    found = fuse(
        {
            "wu": person("1", "2", "pulls", "hides"),
            "li": person("7", "8", "pulls"),
            "zhao": person("x", "y", "pulls"),
        }
    )
    assert [(r.type, r.source, r.target) for r in found.relations] == [("pulls", "c1", "c2")]
    assert found.unsure == 1  # "hides": one of three


def test_several_labels_of_a_picture_are_a_question_each():
    def labels(*names: str) -> Annotation:
        return Annotation([Mark(id=n, label=n, geometry=Nothing()) for n in names])

    found = fuse({"wu": labels("day", "street"), "li": labels("day", "street"), "zhao": labels("day")})
    assert {m.mark.label: round(m.existence, 3) for m in found.marks} == {"day": 1.0, "street": 0.667}
    assert found.dropped == []


def test_one_label_of_a_picture_is_one_question():
    people = {
        w: Annotation([Mark(id="1", label=label)])
        for w, label in (("wu", "day"), ("li", "day"), ("zhao", "night"))
    }
    [found] = fuse(people).marks
    assert found.mark.label == "day" and found.label_probability == pytest.approx(2 / 3)
    assert (found.pairs, found.agreeing) == (3, 1.0)


def test_ellipses_are_turned_to_fit_before_their_radii_are_compared():
    quarter = math.pi / 2
    shapes = [Ellipse(50, 50, 30, 10, 0.02), Ellipse(50, 50, 10, 30, quarter), Ellipse(50, 50, 32, 10, -0.02)]
    rows = Ellipses()
    fused = rows.fuse(shapes, rows.errors(shapes, shapes[0]))
    assert (fused.cx, fused.cy) == pytest.approx((50, 50))
    assert {round(fused.rx), round(fused.ry)} == {30, 10}
    upright = fused.rx < fused.ry
    assert fused.angle % math.pi == pytest.approx(quarter if upright else 0.0, abs=0.02)


def test_faces_in_perspective_are_fused_corner_by_corner():
    front, back = [0, 0, 100, 0, 100, 100, 0, 100], [20, 10, 80, 10, 80, 80, 20, 80]
    shapes = [Cuboid2D([v + d for v in front], [v + d for v in back]) for d in (-2.0, 0.0, 2.0)]
    rows = PerspectiveBoxes()
    assert rows.similarity([shapes[1], shapes[1]])[0, 1] == 1.0
    fused = rows.fuse(shapes, rows.errors(shapes, shapes[1]))
    assert fused.front == pytest.approx(front) and fused.back == pytest.approx(back)
    assert rows.errors([shapes[2]], shapes[1])[0] == pytest.approx(2 * math.sqrt(2))


def test_spans_end_where_somebody_ended_them():
    shapes = [Span(15, 22, "Tongren"), Span(15, 22, "Tongren"), Span(12, 22)]
    rows = TextSpans()
    assert rows.similarity(shapes)[0, 2] == pytest.approx(0.7)
    assert rows.fuse(shapes, rows.errors(shapes, shapes[0])) == Span(15, 22, "Tongren")
    found = fuse(
        {w: Annotation([Mark(id="1", label="city", geometry=s)]) for w, s in zip("abc", shapes, strict=True)}
    )
    assert found.marks[0].mark.geometry == Span(15, 22, "Tongren")


def test_broken_spans_keep_the_characters_of_most():
    given = [[(0, 3), (6, 8)], [(0, 3), (6, 8)], [(0, 4), (6, 7)]]
    found = fuse(
        {
            w: Annotation([Mark(id="1", label="x", geometry=Spans(r))])
            for w, r in zip("abc", given, strict=True)
        }
    )
    assert found.marks[0].mark.geometry == Spans([(0, 3), (6, 8)])


def test_known_skills_decide_between_two_who_differ():
    people = {"good": Annotation([box("1", 0)]), "poor": Annotation()}
    found = AnnotationConsensus(skills={"good": 0.95, "poor": 0.6}).fit_predict({"i": people})["i"]
    # Odds that it is there: .95/.05 · .4/.6 = 38/3.
    [kept] = found.marks
    assert kept.existence == pytest.approx(38 / 41) and kept.confidence == pytest.approx(38 / 41)
    turned = AnnotationConsensus(skills={"good": 0.6, "poor": 0.95}).fit_predict({"i": people})["i"]
    assert turned.marks == [] and turned.dropped[0].confidence == pytest.approx(38 / 41)


def test_known_skills_judge_values_and_labels():
    people = {
        "a": Annotation([box("1", 0, "car")], item_attrs={"night": True}),
        "b": Annotation([box("1", 0, "bus")], item_attrs={"night": True}),
    }
    found = AnnotationConsensus(skills={"a": 0.9, "b": 0.8}).fit_predict({"i": people})["i"]
    # car : bus : nothing = .9·.1 : .8·.05 : .05·.1 (three possible answers, the wrong ones share the rest).
    assert found.marks[0].mark.label == "car"
    assert found.marks[0].confidence == pytest.approx(0.09 / (0.09 + 0.04 + 0.005))
    # true : something else = .9·.8 : .1·.2
    assert found.values[0].probability == pytest.approx(0.72 / 0.74)


def test_the_better_person_weighs_more_in_the_shape():
    many = {}
    for i in range(12):
        x = 300.0 * i
        many[i] = {
            "a": Annotation([box("1", x)]),
            "b": Annotation([box("1", x + (-1) ** i)]),
            "c": Annotation([box("1", x + 15 * (-1) ** i)]),
        }
    [mark] = AnnotationConsensus().fit_predict(many)[0].marks
    assert sum(mark.weights.values()) == pytest.approx(1)
    assert mark.weights["c"] < 0.1 < min(mark.weights["a"], mark.weights["b"])


SAMPLES: list[Geometry] = [
    Nothing(), Box(10, 10, 60, 50), RotatedBox(40, 40, 30, 20, 0.3), Polygon([PolygonPart([10, 10, 60, 10, 60, 50, 10, 50])]),
    Polyline([0, 0, 50, 50, 90, 50]), Points([5, 5, 20, 20]), Keypoints([10, 10, 30, 30], [2, 2]), rle.encode(np.eye(32, dtype=bool)),
    Ellipse(40, 40, 20, 10, 0.1), Cuboid2D([0, 0, 40, 0, 40, 40, 0, 40], [10, 10, 50, 10, 50, 50, 10, 50]),
    Cuboid3D((1, 2, 0), (4, 2, 1.5)), PointLabels3D("blob"), Span(3, 8), Spans([(1, 3), (5, 9)]), Interval(100, 900), Ranking([["a"], ["b"]]),
    Rating(3, 1, 5), Track([Keyframe(0, Box(0, 0, 20, 20)), Keyframe(10, Box(50, 0, 70, 20))]),
]  # fmt: skip


@pytest.mark.parametrize("shape", SAMPLES, ids=lambda s: s.__struct_config__.tag)
def test_what_two_people_mark_alike_stays_as_it_is(shape: Geometry):
    people = {w: Annotation([Mark(id="1", label="x", geometry=shape)]) for w in ("wu", "li")}
    found = fuse(people)
    [mark] = found.marks
    assert type(mark.mark.geometry) is type(shape)
    assert found.agreement == pytest.approx(1) and found.unsure == 0
    assert mark.agreement == pytest.approx(
        1, abs=0.005
    )  # a line is sampled at 64 points: its corners lose a little
