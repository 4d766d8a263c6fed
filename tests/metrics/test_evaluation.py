"""A whole set against the truth: the measures of each kind, and COCO's figures from COCO files as pycocotools reads them."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.metrics import jaccard_score

from doujia import formats
from doujia.cli import main
from doujia.errors import InputError
from doujia.formats.coco.results import read_results
from doujia.marks import (
    AudioMedia,
    Box,
    Interval,
    Item,
    ItemMarks,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Polyline,
    Ranking,
    Rating,
    Schema,
    Span,
    Track,
    VideoMedia,
)
from doujia.metrics import Evaluation, coco_map, label_ious


def one(*marks: Mark, item: str = "1", media: Any = None) -> ItemMarks:
    return ItemMarks(Item(id=item, name=item, **({"media": media} if media else {})), list(marks))


def track(name: str, *keys: tuple[int, float]) -> Mark:
    return Mark(id=name, geometry=Track([Keyframe(t, Box(x, 0, x + 10, 10)) for t, x in keys]))


def test_measures_are_those_that_the_marks_call_for() -> None:
    run = Evaluation()
    run.add(one(Mark(id="a", label="x", geometry=Box(0, 0, 9, 9))), [])
    assert run.result()["measures"] == {}


def test_characters_count_over_the_set_with_what_is_missed_and_too_much() -> None:
    media = AudioMedia(samples=100, sample_rate=100)
    truth = one(
        Mark(id="1", geometry=Interval(0, 10), text="今天天气好"),
        Mark(id="2", geometry=Interval(50, 60), text="再见"),
        media=media,
    )
    run = Evaluation()
    run.add(
        truth,
        [
            Mark(id="1", geometry=Interval(0, 10), text="今天天汽好"),
            Mark(id="9", geometry=Interval(80, 90), text="嗯"),
        ],
    )
    found = run.result()["measures"]
    # One character of seven is wrong, two are missed with their segment, one is too much.
    assert found["cer_counts"] == {"substitutions": 1, "deletions": 2, "insertions": 1, "length": 7}
    assert found["cer"] == pytest.approx(4 / 7)


def test_spans_are_added_up_over_items() -> None:
    run = Evaluation(threshold=0.3)
    a, b, c = (
        Mark(id=n, label="P", geometry=Span(*s)) for n, s in (("a", (0, 4)), ("b", (0, 2)), ("c", (5, 7)))
    )
    run.add(one(a), [b])
    run.add(one(c, item="2"), [c])
    found = run.result()["measures"]
    # Exact: one of two each. Relaxed: half a span (2 of 4 characters) and a whole one.
    assert (found["span_f1_exact"], found["span_f1_relaxed"]) == (pytest.approx(0.5), pytest.approx(0.75))


def test_tracks_of_several_clips_keep_their_identities_apart() -> None:
    run = Evaluation()
    media = VideoMedia(frames=2)
    run.add(one(track("1", (0, 0), (1, 0)), item="a", media=media), [track("7", (0, 0), (1, 0))])
    run.add(one(track("1", (0, 0), (1, 0)), item="b", media=media), [])
    found = run.result()["measures"]
    # Two of four true boxes are found: MOTA 1 - 2/4; IDF1 2*2/(2+4).
    assert (found["mota"], found["idf1"]) == (pytest.approx(0.5), pytest.approx(4 / 6))
    assert 0 < found["hota"] < 1


def test_opinions_lines_and_points_by_hand() -> None:
    run = Evaluation(threshold=0.01)
    run.add(
        one(
            Mark(id="1", geometry=Ranking([["a"], ["b"], ["c"]])),
            Mark(id="2", geometry=Rating(4)),
            Mark(id="3", geometry=Polyline([0, 0, 100, 0])),
            Mark(id="4", geometry=Keypoints([0, 0, 100, 0, 0, 100], [2, 2, 2])),
        ),
        [
            Mark(id="1", geometry=Ranking([["a"], ["c"], ["b"]])),
            Mark(id="2", geometry=Rating(3)),
            Mark(id="3", geometry=Polyline([0, 1, 100, 1])),
            Mark(id="4", geometry=Keypoints([0, 6, 100, 0, 0, 100], [2, 2, 2])),
        ],
    )
    found = run.result()["measures"]
    assert found["kendall_tau_b"] == pytest.approx(1 / 3)  # two of three pairs agree: (2 - 1) / 3
    assert found["rating_difference"] == 1.0
    assert found["line_distance_px"] == pytest.approx(1.0)
    assert found["nme"] == pytest.approx(6 / 3 / 100)  # one of three points 6 px off, root of the area 100 px
    assert found["oks"] == pytest.approx((2 + np.exp(-36 / (2 * 10_000 * (2 / 3) ** 2))) / 3)


@pytest.mark.parametrize("seed", [0, 1])
def test_classes_of_points_agree_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, guess = rng.integers(0, 5, 400), rng.integers(0, 5, 400)
    theirs = jaccard_score(truth, guess, average=None, labels=range(5))
    assert list(label_ious(truth, guess).values()) == pytest.approx(theirs.tolist())
    kept = truth != 0
    without = jaccard_score(truth[kept], guess[kept], average=None, labels=range(5))
    assert label_ious(truth, guess, ignore=0) == pytest.approx(dict(enumerate(without.tolist())))
    with pytest.raises(InputError):
        label_ious(truth, guess[:5])


def dataset(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """People with outlines, areas that are not their boxes', and 17 points; detections of boxes and of points."""
    rng = np.random.default_rng(seed)
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 640, "height": 480} for i in range(1, 21)]
    truth: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    poses: list[dict[str, Any]] = []
    for image in images:
        for _ in range(int(rng.integers(1, 6))):
            x, y, w, h = (rng.random(4) * [400, 250, 120, 120] + [5, 5, 20, 20]).tolist()
            ring = [x, y, x + w, y + h / 3, x + w / 2, y + h]
            points = [float(v) for k in range(17) for v in (x + w * rng.random(), y + h * rng.random(), 2)]
            row = {
                "id": len(truth) + 1, "image_id": image["id"], "category_id": 1, "bbox": [x, y, w, h], "area": 0.6 * w * h,
                "segmentation": [ring] if rng.random() < 0.7 else [], "iscrowd": 0, "keypoints": points, "num_keypoints": 17,
            }  # fmt: skip
            truth.append(row)
            for _ in range(int(rng.integers(0, 3))):
                noise = rng.normal(0, 5, 4)
                boxes.append({"image_id": image["id"], "category_id": 1, "score": float(rng.random()),
                              "bbox": [x + noise[0], y + noise[1], max(3, w + noise[2]), max(3, h + noise[3])]})  # fmt: skip
                moved = [v + (rng.normal(0, 4) if i % 3 < 2 else 0) for i, v in enumerate(points)]
                poses.append(
                    {
                        "image_id": image["id"],
                        "category_id": 1,
                        "score": float(rng.random()),
                        "keypoints": moved,
                    }
                )
    categories = [{"id": 1, "name": "person", "keypoints": [str(i) for i in range(17)], "skeleton": []}]
    return {"images": images, "annotations": truth, "categories": categories}, boxes, poses


@pytest.mark.parametrize("kind", ["bbox", "keypoints"])
def test_figures_of_a_coco_file_with_outlines_equal_pycocotools(tmp_path: Path, kind: str) -> None:
    truth, boxes, poses = dataset(3)
    results = boxes if kind == "bbox" else poses
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "dt.json").write_text(json.dumps(results))
    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO(str(tmp_path / "gt.json"))
        theirs = COCOeval(ground, ground.loadRes(str(tmp_path / "dt.json")), kind)
        theirs.evaluate()
        theirs.accumulate()
        theirs.summarize()
    ours = formats.read(tmp_path / "gt.json")
    found = coco_map(ours, read_results(tmp_path / "dt.json", ours), kind=kind)  # type: ignore[arg-type]
    assert list(found.values()) == pytest.approx(theirs.stats.tolist(), abs=1e-6)
    assert 0.05 < found["AP"] < 1


def test_the_command_scores_outlines_by_their_boxes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, boxes, _ = dataset(3)
    for row in truth["annotations"]:
        del row["keypoints"], row["num_keypoints"]
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "dt.json").write_text(json.dumps(boxes))
    assert main(["evaluate", str(tmp_path / "gt.json"), str(tmp_path / "dt.json"), "--map", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["coco"]["AP50"] > 0.1


def test_what_is_not_done_in_the_truth_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = Mark(id="1", label="x", geometry=Box(0, 0, 9, 9))
    schema = Schema(classes=[LabelClass(id="x", name="x")])
    done, unseen = Item(id="a", name="a.jpg"), Item(id="b", name="b.jpg", status="unseen")
    truth = formats.MemoryDataset(schema, [ItemMarks(done, [box]), ItemMarks(unseen)])
    guess = formats.MemoryDataset(
        schema, [ItemMarks(done, [box]), ItemMarks(Item(id="b", name="b.jpg"), [box])]
    )
    for name, data in (("gt.jsonl", truth), ("pred.jsonl", guess)):
        formats.write(data, tmp_path / name, "doujia-jsonl")
    assert main(["evaluate", str(tmp_path / "gt.jsonl"), str(tmp_path / "pred.jsonl"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["items"], report["items_not_done"], report["extra"], report["unknown_items"]) == (
        1,
        1,
        0,
        [],
    )


def test_the_command_speaks_chinese_where_the_person_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, _, _ = dataset(3)
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    monkeypatch.setenv("DOUJIA_LANG", "zh")
    assert main(["evaluate", str(tmp_path / "gt.json"), str(tmp_path / "gt.json")]) == 0
    assert "带类别的 F1 1.0000" in capsys.readouterr().out
