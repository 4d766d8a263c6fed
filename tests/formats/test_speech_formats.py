"""TextGrid, Audacity labels and ELAN: times, forms, gaps, broken files."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doujia import formats
from doujia.errors import FormatError, InputError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.formats.audio_times import samples, seconds
from doujia.marks import AudioMedia, Interval, Item, ItemMarks, LabelClass, Mark, Relation, Schema

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "s1"
        xmin = 0
        xmax = 2.5
        intervals: size = 3
        intervals [1]:
            xmin = -0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 1.005
            text = "他说 ""好"" 3"
        intervals [3]:
            xmin = 1.005
            xmax = 2.5
            text = "two
lines"
    item [2]:
        class = "TextTier"
        name = "s1"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 1
            mark = "click"
"""
SHORT = '''"ooTextFile"
"TextGrid"
0
2.5
<exists>
2
"IntervalTier"
"s1"
0
2.5
3
0
0.5
""
0.5
1.005
"他说 ""好"" 3"
1.005
2.5
"two
lines"
"TextTier"
"s1"
0
2.5
1
1
"click"
'''  # fmt: skip

RATE = ReadOptions(extra={"sample_rate": "44100"})


@pytest.mark.parametrize(
    "data",
    [
        LONG.encode(),
        ('File type = "ooTextFile"\nObject class = ' + SHORT.split("\n", 1)[1]).encode(),
        SHORT.encode(),
        LONG.encode("utf-16"),
        b"\xef\xbb\xbf" + LONG.replace("\n", "\r\n").replace("two\r\nlines", "two\nlines").encode(),
        LONG.encode("gb18030"),
    ],
    ids=["long", "short with head", "short", "utf-16", "bom crlf", "gb18030"],
)
def test_both_forms_in_any_encoding(data, tmp_path):
    (tmp_path / "a.TextGrid").write_bytes(data)
    dataset = formats.read(tmp_path / "a.TextGrid", "textgrid", RATE)
    (bundle,) = dataset
    assert bundle.item.media == AudioMedia(samples=110_250, sample_rate=44_100)
    assert [(m.label, m.text, m.geometry) for m in bundle.marks] == [
        ("s1", '他说 "好" 3', Interval(22_050, 44_321)),
        ("s1", "two\nlines", Interval(44_321, 110_250)),
        ("s1", "click", Interval(44_100, 44_100)),
    ]
    assert [c.id for c in dataset.schema.classes] == ["s1"]
    assert not list(dataset.problems)


def test_the_rate_comes_from_the_recording_or_is_said_to_be_assumed(tmp_path):
    (tmp_path / "a.TextGrid").write_text(LONG, "utf-8")
    dataset = formats.read(tmp_path)
    (bundle,) = dataset
    assert bundle.item.media.sample_rate == 16_000
    assert dataset.problems.counts == {"sample_rate_assumed": 1}
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 24_000)
    (bundle,) = formats.read(tmp_path)
    assert (bundle.item.media, bundle.item.name) == (AudioMedia(samples=24_000, sample_rate=8000), "a.wav")
    with pytest.raises(InputError):
        list(formats.read(tmp_path, "textgrid", ReadOptions(extra={"sample_rate": "many"})))


@given(st.integers(0, 10**9), st.sampled_from([8000, 11_025, 16_000, 22_050, 44_100, 48_000]))
@settings(max_examples=200, deadline=None)
def test_seconds_bring_the_same_sample_back(sample, rate):
    assert samples(seconds(sample, rate), rate) == sample


spoken = st.lists(
    st.tuples(st.integers(0, 90_000), st.integers(1, 9000), st.sampled_from(["s1", "人"]), st.sampled_from(['a"b', "你好", "x\ny", " 空 "])),
    max_size=6,
)  # fmt: skip


def recordings(rows, labels=("s1", "人"), **more):
    marks = [
        Mark(id=str(i), label=n, text=t, geometry=Interval(a, a + d))
        for i, (a, d, n, t) in enumerate(sorted(rows), 1)
    ]
    media = AudioMedia(samples=100_000, sample_rate=16_000)
    schema = Schema(classes=[LabelClass(id=n, name=n) for n in labels])
    return MemoryDataset(
        schema, [ItemMarks(Item(id="夹/a.wav", name="夹/a.wav", media=media, **more), marks)]
    )


@given(rows=spoken)
@settings(max_examples=40, deadline=None)
def test_textgrid_round_trip_also_with_overlaps(rows):
    dataset = recordings(rows)
    with tempfile.TemporaryDirectory() as folder:
        formats.write(dataset, Path(folder) / "t", "textgrid", WriteOptions())
        back = formats.read(Path(folder) / "t", "textgrid", ReadOptions(extra={"sample_rate": "16000"}))
        (bundle,) = back
        assert [c.id for c in back.schema.classes][:2] == ["s1", "人"]
    assert (bundle.item.name, bundle.item.media) == ("夹/a.wav", dataset.items[0].item.media)
    key = [(m.geometry.start, m.geometry.end, m.label, m.text) for m in dataset.items[0].marks]
    assert sorted((m.geometry.start, m.geometry.end, m.label, m.text) for m in bundle.marks) == sorted(key)


def test_tiers_are_written_without_gaps(tmp_path):
    dataset = recordings([(0, 100, "s1", "一"), (200, 100, "s1", "二"), (50, 100, "s1", "三")])
    formats.write(dataset, tmp_path / "t", "textgrid", WriteOptions())
    text = (tmp_path / "t" / "夹" / "a.TextGrid").read_text("utf-8")
    # gap-free tiers: every interval begins where the last one ended
    for tier in text.split("class = ")[1:]:
        ends = [line.split("=")[1].strip() for line in tier.splitlines() if "xmin" in line or "xmax" in line][
            2:
        ]
        assert ends[1:-1:2] == ends[2::2]


def test_textgrid_marks_without_text_or_class_stop(tmp_path):
    dataset = recordings([(0, 10, "s1", "x")])
    dataset.items[0].marks += [
        Mark(id="2", geometry=Interval(20, 30), label="s1"),
        Mark(id="3", geometry=Interval(20, 30), text="x"),
    ]
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "t", "textgrid")
    assert {"marks_dropped", "class_unmapped"} <= {x.code for x in caught.value.report.losses}


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_textgrid_cut_off(share, tmp_path):
    data = LONG.encode()
    (tmp_path / "a.TextGrid").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(FormatError) as caught:
        list(formats.read(tmp_path / "a.TextGrid", "textgrid"))
    assert caught.value.code in ("textgrid_truncated", "textgrid_malformed") and caught.value.problem.line


def test_audacity_labels_and_bands(tmp_path):
    (tmp_path / "a.txt").write_text("0.5\t1.005\tspeech\n\\\t100.5\t4000\n2\t2\t\n", "utf-8")
    assert formats.sniff(tmp_path / "a.txt")[0][0] == "audacity"
    dataset = formats.read(tmp_path / "a.txt", "audacity", RATE)
    (bundle,) = dataset
    assert [(m.label, m.geometry) for m in bundle.marks] == [
        ("speech", Interval(22_050, 44_321, None, 100.5, 4000.0)),
        (None, Interval(88_200, 88_200)),
    ]
    formats.write(dataset, tmp_path / "out", "audacity", WriteOptions())
    written = (tmp_path / "out" / "a.txt").read_text("utf-8")
    again = formats.read(tmp_path / "out", "audacity", RATE)
    assert [m.geometry for b in again for m in b.marks] == [m.geometry for m in bundle.marks]
    assert written.splitlines()[1] == "\\\t100.5\t4000.0"


@given(rows=spoken)
@settings(max_examples=25, deadline=None)
def test_audacity_round_trip_as_text(rows):
    dataset = recordings(rows, labels=())
    for m in dataset.items[0].marks:
        m.label, m.text = None, " ".join(m.text.split())
    options = {"field": "text", "sample_rate": "16000"}
    with tempfile.TemporaryDirectory() as folder:
        formats.write(dataset, Path(folder) / "t", "audacity", WriteOptions(extra=options))
        (bundle,) = formats.read(Path(folder) / "t", "audacity", ReadOptions(extra=options))
    assert [(m.geometry, m.text) for m in bundle.marks] == [
        (m.geometry, m.text) for m in dataset.items[0].marks
    ]


@pytest.mark.parametrize("row", ["x\t1\ta", "1", "3\t1\ta", "nan\t1\ta", "-5\t1\ta"])
def test_audacity_broken_lines(row, tmp_path):
    (tmp_path / "a.txt").write_text(f"0\t1\tok\n{row}\n", "utf-8")
    dataset = formats.read(tmp_path / "a.txt", "audacity", RATE)
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    assert [p.line for p in dataset.problems] == [2]


EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///x/a.wav"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="100"/><TIME_SLOT TIME_SLOT_ID="ts2"/><TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="300"/></TIME_ORDER>
<TIER TIER_ID="话轮" PARTICIPANT="s1"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE>你好</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3"><ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="译文" PARENT_REF="话轮"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1"><ANNOTATION_VALUE>hello</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a4" ANNOTATION_REF="a9"><ANNOTATION_VALUE>lost</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>"""


def test_elan_tiers_references_and_missing_times(tmp_path):
    (tmp_path / "a.eaf").write_text(EAF, "utf-8")
    assert formats.sniff(tmp_path / "a.eaf")[0][0] == "elan"
    dataset = formats.read(tmp_path / "a.eaf", "elan", ReadOptions(extra={"sample_rate": "16000"}))
    (bundle,) = dataset
    assert [(m.id, m.label, m.text, m.geometry) for m in bundle.marks] == [
        ("a1", "话轮", "你好", Interval(1600, 3200)),
        ("a2", "话轮", None, Interval(3200, 4800)),
        ("a3", "译文", "hello", Interval(1600, 3200)),
    ]
    assert bundle.marks[0].attrs == {"speaker": "s1"}
    assert bundle.relations == [Relation(id="r1", type="refers", source="a3", target="a1")]
    assert [(c.id, c.parent) for c in dataset.schema.classes] == [("话轮", None), ("译文", "话轮")]
    assert [(p.code, p.mark) for p in dataset.problems] == [("reference_dangling", "a4")]
    with pytest.raises(InputError):
        formats.write(dataset, tmp_path / "b.eaf", "elan")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_elan_cut_off(share, tmp_path):
    data = EAF.encode()
    (tmp_path / "a.eaf").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path / "a.eaf", "elan")
    assert caught.value.code in ("xml_truncated", "xml_malformed")


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_elan_is_answered_with_a_place_or_problems(data):
    with tempfile.TemporaryDirectory() as folder:
        raw = bytearray(EAF.encode())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
        (Path(folder) / "a.eaf").write_bytes(bytes(raw))
        formats.sniff(Path(folder) / "a.eaf")
        try:
            list(formats.read(Path(folder) / "a.eaf", "elan"))
        except FormatError as error:
            assert error.problem.code and error.problem.file and error.problem.zh


@pytest.mark.parametrize("name", ["textgrid", "label-studio"])
def test_a_band_that_cannot_be_kept_stops(name, tmp_path):
    mark = Mark(id="1", label="s1", text="x", geometry=Interval(10, 20, f0=100.0, f1=900.0))
    item = Item(id="a.wav", name="a.wav", media=AudioMedia(samples=100, sample_rate=100))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="s1", name="s1")]), [ItemMarks(item, [mark])])
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "out", name)
    assert ("geometry_reduced", "interval:band", "interval") in {
        (x.code, x.source, x.target) for x in caught.value.report.losses
    }
