"""Croissant metadata against the reference validator, and the release folder."""

from __future__ import annotations

import hashlib
import json

import pytest

from doujia import formats
from doujia.errors import FormatError
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.croissant import ReleaseFile, Statement, metadata, missing
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema


def dataset():
    marks = [Mark(id="m1", label="车", geometry=Box(1, 2, 3, 4), score=0.5, flags=["occluded"])]
    items = [
        ItemMarks(Item(id="1", name="a.jpg", media=ImageMedia(width=8, height=8), split="train"), marks),
        ItemMarks(
            Item(id="2", name="b.jpg", split="val"), [Mark(id="m1", label="车", geometry=Box(0, 0, 1, 1))]
        ),
    ]
    return MemoryDataset(Schema(classes=[LabelClass(id="车", name="车")]), items)


SAID = {
    "name": "order-1042",
    "description": "路口车辆",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://example.org/1042",
    "creator": "基地",
    "version": "1.2.0",
    "date": "2026-11-21",
    "citeAs": "基地 (2026)",
}


def test_checksum_conformance_and_what_was_said(tmp_path):
    report = formats.write(dataset(), tmp_path / "r", "croissant", WriteOptions(extra=SAID))
    card = json.loads((tmp_path / "r" / "croissant.json").read_text("utf-8"))
    (file,) = card["distribution"]
    assert file["sha256"] == hashlib.sha256((tmp_path / "r" / "marks.parquet").read_bytes()).hexdigest()
    assert card["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    assert card["@context"]["@vocab"] == "https://schema.org/"
    assert (card["license"], card["creator"]["name"], card["version"]) == (SAID["license"], "基地", "1.2.0")
    assert (report.items, report.marks, report.notes) == (2, 2, [])


def test_nothing_is_stamped_that_nobody_said(tmp_path):
    report = formats.write(dataset(), tmp_path / "r", "croissant")
    card = json.loads((tmp_path / "r" / "croissant.json").read_text("utf-8"))
    assert not {"license", "creator", "url", "datePublished", "citeAs"} & card.keys()
    assert "license" in report.notes[0] and "creator" in report.notes[0]
    assert missing(Statement("x", "d", license="l", url="u", creator="c", date_published="2026-01-01")) == []


def test_responsible_ai_terms_are_written_and_unknown_ones_refused():
    statement = Statement(
        "x",
        rai={"annotationsPerItem": "3", "dataAnnotationPlatform": ["Doujia"]},
        derived_from="urn:snapshot:1",
    )
    card = metadata(statement, [ReleaseFile("a.zip", "application/zip", "0" * 64)])
    assert (card["rai:annotationsPerItem"], card["rai:dataAnnotationPlatform"]) == ("3", ["Doujia"])
    assert card["prov:wasDerivedFrom"] == {"@id": "urn:snapshot:1"}
    assert "recordSet" not in card
    with pytest.raises(KeyError):
        metadata(Statement("x", rai={"favouriteColour": "red"}), [])


def test_the_folder_reads_back_whole(tmp_path):
    formats.write(dataset(), tmp_path / "r", "croissant", WriteOptions(extra=SAID))
    assert formats.sniff(tmp_path / "r")[0][0] == "croissant"
    back = formats.read(tmp_path / "r")
    assert list(back) == dataset().items
    assert back.info["croissant"]["name"] == "order-1042"
    formats.write(back, tmp_path / "again", "croissant")
    first, second = ((tmp_path / n / "croissant.json").read_text("utf-8") for n in ("r", "again"))
    assert json.loads(first)["license"] == json.loads(second)["license"]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("{}", "record_set_missing"),
        ("{", "json_malformed"),
        (
            json.dumps(
                {
                    "recordSet": [{"@id": "marks", "field": [{"source": {"fileObject": {"@id": "f"}}}]}],
                    "distribution": [{"@id": "f", "contentUrl": "../../x.parquet"}],
                }
            ),
            "name_unsafe",
        ),
    ],
    ids=["empty", "cut", "outside"],
)
def test_broken_cards_are_refused(card, code, tmp_path):
    (tmp_path / "croissant.json").write_text(card)
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path, "croissant")
    assert caught.value.code == code
