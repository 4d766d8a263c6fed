"""``doujia evaluate`` on two small files."""

import json
from pathlib import Path

import pytest

from doujia.cli import main


def _coco(path: Path, boxes: list[list[float]], scores: bool) -> Path:
    annotations = [
        {"id": i + 1, "image_id": 1, "category_id": 1, "bbox": b, "area": b[2] * b[3], "iscrowd": 0}
        | ({"score": 0.9 - i / 10} if scores else {})
        for i, b in enumerate(boxes)
    ]
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.jpg", "width": 1280, "height": 720}],
                "annotations": annotations,
                "categories": [{"id": 1, "name": "car"}],
            }
        )
    )
    return path


def test_figures_and_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = _coco(tmp_path / "gt.json", [[100, 100, 100, 100], [600, 600, 50, 50]], scores=False)
    guess = _coco(tmp_path / "pred.json", [[88, 100, 112, 100]], scores=True)
    code = main(["evaluate", str(truth), str(guess), "--json", "--map", "--explain", "1", "--lang", "zh"])
    report = json.loads(capsys.readouterr().out)
    assert code == 1
    assert (report["pairs"], report["missed"], report["extra"]) == (1, 1, 0)
    assert report["f1"] == pytest.approx(2 / 3)
    assert report["mean_similarity"] == pytest.approx(100 / 112)
    assert report["differences"]["a.jpg"] == ["下边:还有一个car没标。", "框太大了,左边多出 12 像素。"]
    # One of two objects found at IoU .893, so at thresholds .50 to .85: AP50 is 51 of 101 recall points.
    assert report["coco"]["AP50"] == pytest.approx(51 / 101)


def test_the_same_file_is_perfect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = _coco(tmp_path / "gt.json", [[100, 100, 100, 100]], scores=False)
    assert main(["evaluate", str(truth), str(truth)]) == 0
    assert "F1 with class 1.0000" in capsys.readouterr().out


def test_a_bad_threshold_is_a_usage_error(tmp_path: Path) -> None:
    truth = _coco(tmp_path / "gt.json", [], scores=False)
    assert main(["evaluate", str(truth), str(truth), "--iou", "3"]) == 2


def test_a_models_results_list_is_evaluated_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = _coco(tmp_path / "gt.json", [[100, 100, 100, 100], [600, 600, 50, 50]], scores=False)
    results = tmp_path / "results.json"
    results.write_text(
        json.dumps([{"image_id": 1, "category_id": 1, "bbox": [100, 100, 100, 100], "score": 0.8}])
    )
    assert main(["evaluate", str(truth), str(results), "--json", "--map"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["pairs"], report["missed"], report["mean_similarity"]) == (1, 1, 1.0)
    assert report["coco"]["AP"] == pytest.approx(51 / 101)


def test_results_for_an_unknown_picture_name_the_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = _coco(tmp_path / "gt.json", [[100, 100, 100, 100]], scores=False)
    results = tmp_path / "results.json"
    results.write_text(json.dumps([{"image_id": 99, "category_id": 1, "bbox": [1, 1, 5, 5], "score": 0.8}]))
    assert main(["evaluate", str(truth), str(results)]) == 1
    assert "/0" in capsys.readouterr().err
