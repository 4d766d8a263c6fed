"""``doujia formats``, ``convert``, ``inspect`` and ``diff`` as a person types them."""

from __future__ import annotations

import io
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from doujia import formats
from doujia.cli import main
from doujia.formats import MemoryDataset
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Relation, Schema

DATA: dict[str, Any] = {
    "images": [{"id": i, "file_name": f"{i}.png", "width": 100, "height": 80} for i in range(1, 41)],
    "categories": [{"id": 1, "name": "车"}, {"id": 2, "name": "空"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400, "segmentation": [], "iscrowd": 0},
        {"id": 2, "image_id": 2, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 200,
         "segmentation": [[5, 5, 25, 5, 25, 25]], "iscrowd": 0},
    ],
}  # fmt: skip


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOUJIA_LANG", "en")
    path = tmp_path / "in.json"
    path.write_text(json.dumps(DATA), encoding="utf-8")
    return path


def run(*arguments: Any) -> int:
    return main([str(a) for a in arguments])


def test_formats_are_listed_with_what_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("formats", "--json") == 0
    rows = {r["name"]: r for r in json.loads(capsys.readouterr().out)}
    assert rows["yolo-detect"]["holds"] == ["box"] and rows["coco"]["read"] and rows["coco"]["write"]


def test_one_line_converts_and_a_refusal_says_which_code_to_allow(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, report = tmp_path / "y", tmp_path / "r.json"
    assert run("convert", source, target, "--to", "yolo-detect", "--report", report) == 3
    assert not target.exists()
    assert "--allow-loss geometry_reduced" in capsys.readouterr().err
    assert json.loads(report.read_text())["result"] == "refused"
    assert (
        run(
            "convert",
            source,
            target,
            "--to",
            "yolo-detect",
            "--report",
            report,
            "--allow-loss",
            "geometry_reduced",
        )
        == 0
    )
    written = json.loads(report.read_text())
    assert (written["result"], written["items"], written["marks"]) == ("written", 40, 2)
    assert (target / "labels/train/1.txt").read_text() == "0 0.2 0.25 0.2 0.25\n"


def test_strict_stops_on_anything(source: Path, tmp_path: Path) -> None:
    assert run("convert", source, tmp_path / "y", "--to", "yolo", "--strict") == 3
    assert run("convert", source, tmp_path / "o.json", "--to", "coco", "--strict") == 0


@pytest.mark.parametrize(
    "arguments",
    [["--to", "elan"], ["--to", "coco", "--from", "template"], ["--to", "coco", "--set", "pixel_orgin=zero"],
     ["--to", "voc", "--set", "masks=maybe"], ["--to", "nothing"], ["--to", "coco", "--from", "nothing"], ["--to", "coco", "--allow-loss", "everything"],
     ["--to", "coco", "--split", "train=0.8"], ["--to", "coco", "--split", "x"], ["--to", "coco", "--set", "x"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_2(source: Path, tmp_path: Path, arguments: list[str]) -> None:
    assert run("convert", source, tmp_path / "out.json", *arguments) == 2
    assert not (tmp_path / "out.json").exists()


def test_splits_are_the_same_every_time_and_near_their_shares(source: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert (
            run(
                "convert",
                source,
                tmp_path / name,
                "--to",
                "coco",
                "--split",
                "train=0.75,val=0.25",
                "--seed",
                7,
            )
            == 0
        )
    both = [{p.name: p.read_bytes() for p in (tmp_path / n / "annotations").iterdir()} for n in ("a", "b")]
    assert both[0] == both[1] and set(both[0]) == {"instances_train.json", "instances_val.json"}
    counts = {n: len(json.loads(d)["images"]) for n, d in both[0].items()}
    assert sum(counts.values()) == 40 and 22 <= counts["instances_train.json"] <= 38


def test_problems_in_the_source_make_it_1(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(
        json.dumps(
            {**DATA, "annotations": [*DATA["annotations"], {"id": 9, "image_id": 77, "bbox": [0, 0, 1, 1]}]}
        )
    )
    assert run("convert", source, tmp_path / "o.json", "--to", "coco") == 1
    assert "image_unknown" in capsys.readouterr().err
    assert run("inspect", source) == 1
    assert run("convert", tmp_path / "missing.json", tmp_path / "x", "--to", "coco") == 2


def test_a_destination_that_exists_is_not_touched(source: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    assert run("convert", source, tmp_path / "full", "--to", "yolo") == 2
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_inspect_counts(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", source, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["items"], found["marks"], found["empty"]) == (40, 2, 38)
    assert found["classes"] == {"车": 2, "空": 0} and found["kinds"] == {"box": 1, "polygon": 1}
    assert run("inspect", source) == 0
    assert "40 items, 2 marks, 38 without marks" in capsys.readouterr().out


def test_diff_names_what_changed(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", source, source) == 0
    changed = json.loads(json.dumps(DATA))
    changed["annotations"][0].update(bbox=[10, 10, 20, 23], category_id=2)
    changed["annotations"].append({"id": 8, "image_id": 3, "category_id": 1, "bbox": [0, 0, 9, 9]})
    del changed["images"][39]
    (tmp_path / "b.json").write_text(json.dumps(changed))
    capsys.readouterr()
    assert run("diff", source, tmp_path / "b.json", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["marks_changed"], found["marks_added"], found["marks_removed"], found["marks_same"]) == (
        1,
        1,
        0,
        1,
    )
    assert found["fields"] == {"label": 1, "geometry": 1} and found["px_max"] == 3
    assert found["items_removed"] == ["40.png"]


def test_a_round_trip_through_yolo_shows_no_difference_for_boxes(source: Path, tmp_path: Path) -> None:
    boxes = {**DATA, "annotations": DATA["annotations"][:1]}
    source.write_text(json.dumps(boxes))
    assert run("convert", source, tmp_path / "y", "--to", "yolo-detect") == 0
    assert run("diff", source, tmp_path / "y", "--from-second", "yolo-detect") == 0


@pytest.mark.parametrize(
    "arguments",
    [["inspect", "--from", "nothing"], ["inspect", "--set", "x"], ["inspect", "--set", "colour=red"], ["diff", "--from", "nothing"],
     ["diff", "--from-second", "template"], ["evaluate", "--gt-format", "nothing"], ["evaluate", "--set", "colour=red"],
     ["evaluate", "--pred-format", "nothing"]],
    ids=" ".join,
)  # fmt: skip
def test_every_command_on_files_calls_wrong_usage_2(source: Path, arguments: list[str]) -> None:
    files = [source] if arguments[0] == "inspect" else [source, source]
    assert run(arguments[0], *files, *arguments[1:]) == 2


@pytest.mark.parametrize("command", ["inspect", "diff", "evaluate"])
def test_a_missing_file_and_one_that_nobody_recognises_are_usage(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    strange = tmp_path / "strange.bin"
    strange.write_bytes(b"\x00\x01\x02")
    for path, code in ((tmp_path / "missing.json", "source_missing"), (strange, "format_unrecognised")):
        files = [path] if command == "inspect" else [path, source]
        assert run(command, *files) == 2
        assert code in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_one_sentence(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run("convert", source, tmp_path / "file" / "out.json", "--to", "coco") == 1
    told = capsys.readouterr().err
    assert "[file_unusable]" in told and "Traceback" not in told


def test_what_a_file_was_recognised_as_is_said(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", source) == 0
    assert f"{source}: coco" in capsys.readouterr().err


def test_what_might_be_something_else_is_said_too(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_ = tmp_path / "set"
    (set_ / "labels").mkdir(parents=True)
    (set_ / "classes.txt").write_text("车\n")
    (set_ / "labels" / "a.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n")
    run("inspect", set_)
    told = capsys.readouterr().err
    assert "yolo-seg" in told and "yolo-obb" in told and "--from" in told


def test_an_unknown_loss_code_names_those_like_it(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("convert", source, tmp_path / "y", "--to", "yolo", "--allow-loss", "geometry_droped") == 2
    assert "geometry_dropped" in capsys.readouterr().err


def test_errors_after_a_thousand_warnings_still_make_it_1(tmp_path: Path, source: Path) -> None:
    rows = [
        {"id": i, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": "x", "iscrowd": 0}
        for i in range(1, 1101)
    ]
    rows.append({"id": 5000, "image_id": 1, "category_id": 1, "bbox": [0, 0, -9, 9], "iscrowd": 0})
    source.write_text(json.dumps({**DATA, "annotations": rows}))
    assert run("convert", source, tmp_path / "o.json", "--to", "coco") == 1


def test_diff_sees_splits_and_relations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def written(name: str, split: str, kind: str) -> Path:
        item = Item(id="1", name="a.jpg", media=ImageMedia(width=9, height=9), split=split)
        marks = [Mark(id=str(i), label="车", geometry=Box(0, 0, i, i)) for i in (1, 2)]
        relations = [Relation(id="r", type=kind, source="1", target="2")]
        dataset = MemoryDataset(
            Schema(classes=[LabelClass(id="车", name="车")]), [ItemMarks(item, marks, relations)]
        )
        formats.write(dataset, tmp_path / name, "doujia-jsonl")
        return tmp_path / name

    first = written("a.jsonl", "train", "on")
    assert run("diff", first, written("b.jsonl", "train", "on")) == 0
    capsys.readouterr()
    assert run("diff", first, written("c.jsonl", "val", "under"), "--json") == 1
    assert json.loads(capsys.readouterr().out)["fields"] == {"split": 1, "relations": 1}


class Terminal(io.StringIO):
    """Standard error as a person has it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("command", ["convert", "inspect", "diff", "evaluate"])
def test_long_work_shows_a_bar_on_a_terminal_only(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    more: dict[str, list[Any]] = {
        "convert": [tmp_path / "o.json", "--to", "coco"], "inspect": [], "diff": [source], "evaluate": [source],
    }  # fmt: skip
    clock = itertools.count(0, 1.0)
    monkeypatch.setattr("doujia.cli.progress.time.monotonic", lambda: next(clock))
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    assert run(command, source, *more[command]) == 0
    assert "100%" in shown.getvalue() and shown.getvalue().endswith("\r\x1b[K")
    quiet = io.StringIO()
    monkeypatch.setattr(sys, "stderr", quiet)
    if command == "convert":
        more[command][0] = tmp_path / "p.json"
    assert run(command, source, *more[command]) == 0
    assert "\x1b" not in quiet.getvalue()


def test_a_misspelt_format_is_met_with_those_like_it(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("convert", source, tmp_path / "y", "--to", "yoloo") == 2
    assert "Did you mean yolo" in capsys.readouterr().err


def test_what_the_person_must_do_next_is_said_in_her_language_and_only_when_something_was_written(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("convert", source, tmp_path / "y", "--to", "yolo-detect") == 3
    assert "not copied" not in capsys.readouterr().out
    assert run("convert", source, tmp_path / "y", "--to", "yolo") == 0
    told = capsys.readouterr().out
    assert "Pictures are not copied" in told and "图片" not in told
    monkeypatch.setenv("DOUJIA_LANG", "zh")
    assert run("convert", source, tmp_path / "z", "--to", "yolo") == 0
    assert "图片没有复制" in capsys.readouterr().out
