"""What every format owes: recognise its own output, never leave half of one, never answer garbage with a traceback."""

from __future__ import annotations

import json
import math
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import ALL

from doujia import formats
from doujia.errors import DoujiaError, InputError
from doujia.formats import (
    MemoryDataset,
    ReadOptions,
    WriteOptions,
    audacity,
    chat_jsonl,
    conll,
    cvat,
    datumaro,
    doccano,
    doujia_jsonl,
    kitti,
    kitti_raw,
    label_studio,
    labelme,
    mot,
    ocr,
    preference_jsonl,
    ranking_jsonl,
    textgrid,
    wider_face,
)
from doujia.marks import (
    FLAGS,
    At,
    AudioMedia,
    Box,
    Candidate,
    ConversationMedia,
    Cuboid3D,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Keyframe,
    LabelClass,
    Mark,
    Message,
    PointsMedia,
    Polygon,
    PolygonPart,
    Ranking,
    Rating,
    Schema,
    Span,
    TextMedia,
    Track,
    VideoMedia,
)

DOCS = Path(__file__).parents[2] / "docs" / "user" / "formats"
OURS = (
    "doujia-jsonl", "parquet", "croissant", "cvat", "label-studio", "labelme", "x-anylabeling", "datumaro", "kitti",
    "kitti-3d", "kitti-raw", "mot", "wider-face", "ppocr", "icdar", "conll", "doccano", "textgrid", "audacity", "chat-jsonl", "dpo-jsonl",
    "kto-jsonl", "prm-jsonl", "ranking-jsonl",
)  # fmt: skip
READ_ONLY = ("elan", "labelme-xml")
IMAGES = ("coco", "coco-panoptic", "yolo-detect", "yolo-seg", "yolo-obb", "yolo-pose", "voc")
SUFFIX = {
    "coco": "a.json", "doujia-jsonl": "a.jsonl", "parquet": "a.parquet", "cvat": "a.xml", "wider-face": "a.txt", "ppocr": "a.txt",
    "conll": "a.conll", "doccano": "a.jsonl", "chat-jsonl": "a.jsonl", "dpo-jsonl": "a.jsonl", "kto-jsonl": "a.jsonl",
    "prm-jsonl": "a.jsonl", "ranking-jsonl": "a.jsonl",
}  # fmt: skip
HOLDS = {
    "cvat": cvat.HOLDS, "label-studio": label_studio.HOLDS, "labelme": labelme.LABELME, "x-anylabeling": labelme.ANYLABELING,
    "datumaro": datumaro.HOLDS, "kitti": kitti.HOLDS_2D, "kitti-3d": kitti.HOLDS_3D, "kitti-raw": kitti_raw.HOLDS, "mot": mot.HOLDS,
    "wider-face": wider_face.HOLDS, "ppocr": ocr.PPOCR_HOLDS, "icdar": ocr.ICDAR_HOLDS, "conll": conll.HOLDS,
    "doccano": doccano.HOLDS, "textgrid": textgrid.HOLDS, "audacity": audacity.HOLDS, "chat-jsonl": chat_jsonl.HOLDS,
    **dict.fromkeys(("dpo-jsonl", "kto-jsonl", "prm-jsonl"), preference_jsonl.HOLDS),
    "ranking-jsonl": ranking_jsonl.HOLDS, **dict.fromkeys(("doujia-jsonl", "parquet", "croissant"), doujia_jsonl.EVERYTHING),
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", (*IMAGES, *OURS))


def dataset_for(name):
    """The smallest dataset that a format can hold."""
    said = [Message(id="m1", role="user", content="问"), Message(id="m2", role="assistant", content="答")]
    answers = [Candidate(id=c, messages=[Message(id=f"{c}1", role="assistant", content=c)]) for c in "ab"]
    talk = ConversationMedia(messages=said[:1], candidates=answers)
    alone = ConversationMedia(messages=said[:1], candidates=answers[:1])
    ring = Polygon([PolygonPart([0, 0, 4, 0, 4, 4, 0, 4])])
    one = {
        "kitti-3d": ("a.bin", PointsMedia(), [Mark(id="1", label="车", geometry=Cuboid3D((9, 0, 0), (4, 2, 1)))]),
        "kitti-raw": ("0000000000.bin", PointsMedia(), [Mark(id="1", label="车", geometry=Cuboid3D((9, 0, 0), (4, 2, 1)), group="1")]),
        "mot": ("s", VideoMedia(width=64, height=48, frames=2), [Mark(id="1", label="车", geometry=Track([Keyframe(0, Box(0, 0, 4, 4))]))]),
        "ppocr": ("a.jpg", ImageMedia(), [Mark(id="1", label="text", text="字", geometry=ring)]),
        "icdar": ("a.jpg", ImageMedia(), [Mark(id="1", label="text", text="字", geometry=ring)]),
        "conll": ("1", TextMedia(text="张三在"), [Mark(id="1", label="车", geometry=Span(0, 2, "张三"))]),
        "doccano": ("1", TextMedia(text="张三在"), [Mark(id="1", label="车", geometry=Span(0, 2, "张三"))]),
        "textgrid": ("a.wav", AudioMedia(samples=100, sample_rate=16_000), [Mark(id="1", label="车", text="字", geometry=Interval(0, 9))]),
        "audacity": ("a.wav", AudioMedia(samples=100, sample_rate=16_000), [Mark(id="1", label="车", geometry=Interval(0, 9))]),
        "chat-jsonl": ("1", ConversationMedia(messages=said), []),
        "dpo-jsonl": ("1", talk, [Mark(id="1", geometry=Ranking([["a"], ["b"]]))]),
        "ranking-jsonl": ("1", talk, [Mark(id="1", geometry=Ranking([["a"], ["b"]]))]),
        "kto-jsonl": ("1", alone, [Mark(id="1", geometry=Rating(1, 0, 1), at=At(message="a"))]),
        "prm-jsonl": ("1", alone, [Mark(id="1", geometry=Rating(1, 0, 1), at=At(message="a1"))]),
        "wider-face": ("a.jpg", ImageMedia(), [Mark(id="1", label="face", geometry=Box(0, 0, 4, 4))]),
    }.get(name, ("a.jpg", ImageMedia(width=64, height=48), [Mark(id="1", label="车", geometry=Box(0, 0, 4, 4))]))  # fmt: skip
    labels = list(dict.fromkeys(m.label for m in one[2] if m.label))
    schema = Schema(classes=[LabelClass(id=n, name=n) for n in labels])
    return MemoryDataset(schema, [ItemMarks(Item(id=one[0], name=one[0], media=one[1]), one[2])])


@EVERY
def test_its_own_output_is_recognised_and_read_by_itself(name, tmp_path):
    target = tmp_path / SUFFIX.get(name, "a")
    report = formats.write(dataset_for(name), target, name)
    assert (report.format, report.result, report.items) == (name, "written", 1)
    guesses = formats.sniff(target)
    assert guesses[0][0] == name or (name == "x-anylabeling" and guesses[0][0] == "labelme")
    back = formats.read(target)
    assert len(list(back)) == 1
    assert not [p for p in back.problems if p.severity != "info"]


@EVERY
def test_an_error_in_the_middle_leaves_nothing_and_spares_what_was_there(name, tmp_path):
    class Breaks(MemoryDataset):
        def __iter__(self):
            yield from self.items
            raise RuntimeError("the disk is gone")

    good = dataset_for(name)
    with pytest.raises(RuntimeError):
        formats.write(Breaks(good.schema, good.items), tmp_path / SUFFIX.get(name, "a"), name, ALL)
    assert list(tmp_path.iterdir()) == []
    target = tmp_path / "b.txt"
    target.write_text("mine")
    with pytest.raises((RuntimeError, DoujiaError)):
        formats.write(Breaks(good.schema, good.items), target, name, ALL)
    assert target.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]


@EVERY
def test_numbers_that_are_not_finite_are_refused_by_name(name, tmp_path):
    dataset = dataset_for(name)
    dataset.items[0].marks.append(Mark(id="9", label="车", geometry=Box(0, 0, math.nan, 1)))
    with pytest.raises(InputError) as caught:
        formats.write(dataset, tmp_path / SUFFIX.get(name, "a"), name, ALL)
    assert caught.value.code == "number_not_finite"
    assert list(tmp_path.iterdir()) == []


@EVERY
def test_items_that_are_not_done_are_counted_or_kept(name, tmp_path):
    dataset = dataset_for(name)
    for status in ("unseen", "skipped"):
        item = dataset.items[0].item
        dataset.items.append(ItemMarks(Item(id=status, name=status, media=item.media, status=status)))
    report = formats.write(dataset, tmp_path / SUFFIX.get(name, "a"), name, ALL)
    kept = name in ("doujia-jsonl", "parquet", "croissant", "label-studio")
    assert sum(x.count for x in report.losses if x.code == "not_done_skipped") == (0 if kept else 2)
    if kept:
        back = formats.read(tmp_path / SUFFIX.get(name, "a"), name)
        assert [b.item.status for b in back] == ["done", "unseen", "skipped"]


@EVERY
def test_equal_datasets_give_equal_bytes(name, tmp_path):
    for folder in ("x", "y"):
        formats.write(dataset_for(name), tmp_path / folder / SUFFIX.get(name, "same"), name)
    first, second = (
        {p.relative_to(tmp_path / f): p.read_bytes() for p in (tmp_path / f).rglob("*") if p.is_file()}
        for f in ("x", "y")
    )
    assert first == second and first


@EVERY
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_damaged_files_are_answered_with_a_place_or_problems(name, data):
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / SUFFIX.get(name, "a")
        formats.write(dataset_for(name), target, name)
        files = [target] if target.is_file() else sorted(p for p in target.rglob("*") if p.is_file())
        victim = data.draw(st.sampled_from(files))
        raw = bytearray(victim.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, max(0, len(raw) - 1)))
            raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
        victim.write_bytes(bytes(raw))
        formats.sniff(target)
        try:
            dataset = formats.read(target, name)
            list(dataset)
            assert dataset.schema is not None
        except DoujiaError as error:
            assert error.code and error.message.zh and error.message.en


TEXT_OF_LINES = {
    "doujia-jsonl", "kitti", "kitti-3d", "mot", "ppocr", "icdar", "conll", "doccano", "audacity", "chat-jsonl", "dpo-jsonl",
    "kto-jsonl", "prm-jsonl", "ranking-jsonl", "yolo-detect", "yolo-seg", "yolo-obb", "yolo-pose", "textgrid", "wider-face", "label-studio", "voc",
    "croissant",
}  # fmt: skip
"""Formats of which a beginning may be whole: lines, several files, or a file beside that is not needed."""


@EVERY
@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_a_file_cut_short_is_a_problem_with_its_place_or_ends_at_a_whole_row(name, share, tmp_path):
    target = tmp_path / SUFFIX.get(name, "a")
    formats.write(dataset_for(name), target, name, ALL)
    files = [target] if target.is_file() else sorted(p for p in target.rglob("*") if p.is_file())
    victim = max(files, key=lambda p: p.stat().st_size)
    victim.write_bytes(victim.read_bytes()[: int(victim.stat().st_size * share)])
    out = tmp_path / "out.jsonl"
    problems = []
    try:
        dataset = formats.read(target, name)
        formats.write(dataset, out, "doujia-jsonl")
        problems = list(dataset.problems)
    except DoujiaError as error:
        problem = getattr(error, "problem", None)
        assert problem is not None and problem.zh and problem.en
        problems = [problem]
        assert not out.exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    assert problems or name in TEXT_OF_LINES
    for problem in problems:
        assert problem.code and problem.file
        if (
            problem.severity == "error"
            and Path(problem.file) == victim
            and victim.suffix not in (".png", ".parquet")
        ):
            assert problem.line is not None or problem.pointer is not None, problem


def page_of(name):
    """The page whose third line names the format, and the rows of its first table."""
    pages = [p for p in DOCS.glob("*.md") if f"`{name}`" in p.read_text("utf-8").splitlines()[2]]
    assert len(pages) == 1
    text = pages[0].read_text("utf-8")
    rows = [[c.strip() for c in r.strip("|").split("|")] for r in text.splitlines() if r.startswith("|")]
    return text, rows


def said(holds):
    """The cells that a page must have, from what the writer says that it holds."""
    yes = {True: "yes", False: "–"}
    fields = {
        "text": "text", "attributes": "attrs", "score": "score", "group": "group", "stacking order": "z", "relations": "relations",
        "origin": "origin", "ids": "ids", "frame, camera, message": "at", "split": "split", "sequence": "sequence",
        "attributes of the item": "item_attrs", "size, length": "size", "not done told from empty": "status",
    }  # fmt: skip
    cells = {row: yes[getattr(holds, field)] for row, field in fields.items()}
    everything = isinstance(holds.ext, doujia_jsonl.Everything)
    cells["flags"] = ", ".join(f for f in FLAGS if f in holds.flags) or "–"
    cells["schema"] = "all" if everything else ", ".join(sorted(holds.schema)) or "–"
    cells["unknown keys"] = "all" if everything else "of the same format" if holds.ext else "–"
    return cells


@pytest.mark.parametrize("name", [n for n in formats.names() if n in (*OURS, *READ_ONLY)])
def test_the_page_of_every_format_says_what_survives(name):
    _, rows = page_of(name)
    column = rows[0].index(f"`{name}`")
    table = {r[0].split(" · ")[-1]: r[column] for r in rows[2:] if len(r) > column}
    assert set(table.pop("geometry").split(", ")) - {"–"} == formats.get(name).holds
    assert table == ({} if name in READ_ONLY else said(HOLDS[name]))


@pytest.mark.parametrize("name", formats.names())
def test_the_page_of_every_format_names_its_options(name):
    text, _ = page_of(name)
    missing = [o for o in formats.get(name).options if not re.search(rf"\b{o}\b", text)]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "option"),
    [
        (n, o)
        for n in formats.names()
        for o in formats.get(n).options
        if o not in ("config", "template", "name", "sample_rate", "max_pairs", "task")
        and n not in ("croissant", "coco-panoptic")
    ],
)
def test_an_option_that_is_no_word_of_the_format_is_refused(name, option, tmp_path):
    base = name if name != "yolo" else "yolo-seg"
    target = tmp_path / SUFFIX.get(base, "a")
    formats.write(dataset_for(base), target, base, ALL)
    extra = {option: "nonsense"}
    caught = []
    for attempt in (
        lambda: formats.write(
            dataset_for(base), tmp_path / "again" / SUFFIX.get(base, "a"), name, WriteOptions(extra=extra)
        ),
        lambda: formats.read(target, name, ReadOptions(extra=extra)),
    ):
        try:
            attempt()
        except InputError as error:
            caught.append(error.code)
    assert caught and set(caught) == {"option_bad"}


def test_other_names_of_formats_lead_to_them():
    aliases = {a: n for n in formats.names() for a in formats.get(n).aliases}
    assert {a: formats.get(a).name for a in aliases} == {a: formats.get(n).name for a, n in aliases.items()}


def test_reports_are_json_and_name_known_codes():
    import msgspec

    with tempfile.TemporaryDirectory() as folder:
        report = formats.write(dataset_for("kitti"), Path(folder) / "k", "kitti")
        decoded = json.loads(msgspec.json.encode(report))
    assert decoded["format"] == "kitti"
    assert [x["code"] for x in decoded["losses"]] == ["size_dropped", "name_changed"]


@pytest.mark.parametrize("name", ["kitti", "icdar", "textgrid", "audacity"])
def test_two_names_for_one_file_are_refused(name, tmp_path):
    dataset = dataset_for(name)
    first = dataset.items[0]
    again = Item(id="second", name="a.other", media=first.item.media)
    dataset.items.append(ItemMarks(again, first.marks))
    with pytest.raises(InputError) as caught:
        formats.write(dataset, tmp_path / "out", name, ALL)
    assert caught.value.code == "names_collide"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["yolo-detect", "yolo-seg", "voc", "coco"])
@pytest.mark.parametrize("source", ["kitti", "mot"])
def test_pictures_without_a_size_and_videos_are_answered_without_a_traceback(name, source, tmp_path):
    try:
        report = formats.write(
            dataset_for(source), tmp_path / ("a.json" if name == "coco" else "a"), name, ALL
        )
    except DoujiaError as error:
        assert error.code and list(tmp_path.iterdir()) == []
    else:
        assert report.items == 1 or {"items_dropped", "marks_dropped"} & {x.code for x in report.losses}
