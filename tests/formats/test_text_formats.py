"""CoNLL/BIO and doccano: schemes, offsets, overlaps, broken lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doujia import formats
from doujia.errors import InputError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.formats.conll import spans_of_tags, tags_of_spans
from doujia.marks import Item, ItemMarks, LabelClass, Mark, Nothing, Relation, Schema, Span, TextMedia

TEXT = "张三😀在𠮷野家吃饭"


def texts(text, *marks, relations=(), labels=("人", "店"), name="1"):
    found = [Mark(id=str(i), geometry=g, label=n) for i, (g, n) in enumerate(marks, 1)]
    schema = Schema(classes=[LabelClass(id=n, name=n) for n in labels])
    return MemoryDataset(
        schema, [ItemMarks(Item(id=name, name=name, media=TextMedia(text=text)), found, list(relations))]
    )


SCHEMES = [
    ("IOB1", ["I-A", "I-A", "B-A", "O", "I-B"], [(0, 2, "A"), (2, 3, "A"), (4, 5, "B")]),
    ("IOB2", ["B-A", "I-A", "B-A", "O", "B-B"], [(0, 2, "A"), (2, 3, "A"), (4, 5, "B")]),
    ("BIOES", ["B-A", "E-A", "S-A", "O", "S-B"], [(0, 2, "A"), (2, 3, "A"), (4, 5, "B")]),
    ("BMES", ["B-A", "M-A", "E-A", "S-B", "O"], [(0, 3, "A"), (3, 4, "B")]),
    ("change of type", ["B-A", "I-B", "I-B"], [(0, 1, "A"), (1, 3, "B")]),
    ("types with dashes", ["B-per-son", "I-per-son"], [(0, 2, "per-son")]),
]


@pytest.mark.parametrize(("name", "tags", "spans"), SCHEMES, ids=[s[0] for s in SCHEMES])
def test_every_scheme_is_read_alike(name, tags, spans):
    assert spans_of_tags(tags) == (spans, [])


@pytest.mark.parametrize("scheme", ["bio", "bioes", "bmes"])
@given(cuts=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["A", "B", ""])), max_size=8))
@settings(max_examples=40, deadline=None)
def test_tags_and_spans_turn_into_each_other(scheme, cuts):
    spans, at = [], 0
    for length, kind in cuts:
        if kind:
            spans.append((at, at + length, kind))
        at += length
    assert spans_of_tags(tags_of_spans(spans, at, scheme)) == (spans, [])


def test_conll_by_hand(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("张\tB-人\n三\tI-人\n在\tO\n\n-DOCSTART-\tO\n\n京\tB-地\n", "utf-8")
    first, second = formats.read(path)
    assert (first.item.media.text, first.marks[0].geometry, first.marks[0].label) == (
        "张三在",
        Span(0, 2, "张三"),
        "人",
    )
    assert second.item.media.text == "京"
    path.write_text("EU B-ORG\nrejects O\nGerman B-MISC\n北京 B-LOC\n", "utf-8")
    (words,) = formats.read(path)
    assert words.item.media.text == "EU rejects German北京"
    assert [m.geometry.quote for m in words.marks] == ["EU", "German", "北京"]


def test_emoji_and_rare_characters_keep_their_place(tmp_path):
    dataset = texts(TEXT, (Span(0, 2, "张三"), "人"), (Span(4, 7, "𠮷野家"), "店"))
    formats.write(dataset, tmp_path / "a.conll", "conll", WriteOptions(strict=True))
    assert (tmp_path / "a.conll").read_text("utf-8").splitlines()[2:5] == ["😀\tO", "在\tO", "𠮷\tB-店"]
    (back,) = formats.read(tmp_path / "a.conll")
    assert back.item.media.text == TEXT
    assert [m.geometry for m in back.marks] == [Span(0, 2, "张三"), Span(4, 7, "𠮷野家")]


def test_overlaps_spaces_and_cut_tokens_are_counted(tmp_path):
    dataset = texts(
        "ab 张三 12", (Span(3, 5, "张三"), "人"), (Span(4, 5, "三"), "店"), (Span(0, 1, "a"), "店")
    )
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "a.conll", "conll")
    assert {x.code: x.count for x in caught.value.report.losses} == {
        "text_dropped": 2,
        "overlap_dropped": 1,
        "id_renumbered": 2,
    }
    assert not list(tmp_path.iterdir())
    allow = WriteOptions(allow_loss=frozenset({"overlap_dropped"}), extra={"tokens": "latin"})
    report = formats.write(dataset, tmp_path / "a.conll", "conll", allow)
    assert {x.code: x.count for x in report.losses}["span_cut_token"] == 1
    assert (tmp_path / "a.conll").read_text("utf-8") == "ab\tB-店\n张\tB-人\n三\tI-人\n12\tO\n\n"


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 8), st.integers(1, 4), st.sampled_from(["人", "店"])), max_size=4
    ),
    scheme=st.sampled_from(["bio", "bioes", "bmes"]),
)
@settings(max_examples=40, deadline=None)
def test_conll_round_trip_of_spans_that_do_not_overlap(spans, scheme):
    taken, marks = set(), []
    for start, length, label in sorted(spans):
        if start + length <= len(TEXT) and not taken & set(range(start, start + length)):
            taken |= set(range(start, start + length))
            marks.append((Span(start, start + length, TEXT[start : start + length]), label))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.conll"
        dataset = texts(TEXT, *marks, labels=sorted({n for _, n in marks}))
        formats.write(dataset, path, "conll", WriteOptions(strict=True, extra={"scheme": scheme}))
        (back,) = formats.read(path, "conll")
    assert [(m.geometry, m.label) for m in back.marks] == marks


def test_conll_broken_lines(tmp_path):
    (tmp_path / "a.conll").write_text("张\tB-人\n三\n李\tX\n王\tB-\n", "utf-8")
    dataset = formats.read(tmp_path / "a.conll", "conll")
    (bundle,) = dataset
    assert [(p.code, p.line) for p in dataset.problems] == [
        ("line_malformed", 2),
        ("tag_unknown", 3),
        ("tag_unknown", 4),
    ]
    assert [m.label for m in bundle.marks] == ["人"]
    with pytest.raises(InputError):
        formats.write(texts("a"), tmp_path / "b", "conll", WriteOptions(extra={"scheme": "xml"}))


@pytest.mark.parametrize(
    "data",
    ["张\tB-人\n".encode("gb18030"), "张\tB-人\r\n".encode("utf-16"), b"\xef\xbb\xbf" + "张\tB-人".encode()],
)
def test_conll_encodings(data, tmp_path):
    (tmp_path / "a.conll").write_bytes(data)
    (bundle,) = formats.read(tmp_path / "a.conll", "conll")
    assert (bundle.item.media.text, bundle.marks[0].label) == ("张", "人")


DOCCANO = [
    {"id": 7, "text": TEXT, "label": [[0, 2, "人"], [4, 7, "店"]], "meta": {"a": 1}},
    {"id": 8, "text": TEXT, "entities": [{"id": 3, "label": "人", "start_offset": 0, "end_offset": 2}, {"id": 4, "label": "店", "start_offset": 4, "end_offset": 7}], "relations": [{"id": 1, "from_id": 3, "to_id": 4, "type": "at"}]},
    {"id": 9, "text": "好", "label": ["positive"]},
    {"text": "空", "label": []},
]  # fmt: skip


def put(tmp_path, *rows):
    path = tmp_path / "d.jsonl"
    path.write_text(
        "\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), "utf-8"
    )
    return path


def test_doccano_layouts(tmp_path):
    path = put(tmp_path, *DOCCANO)
    assert formats.sniff(path)[0][0] == "doccano"
    first, second, third, fourth = formats.read(path)
    for bundle in (first, second):
        assert [(m.geometry, m.label) for m in bundle.marks] == [
            (Span(0, 2, "张三"), "人"),
            (Span(4, 7, "𠮷野家"), "店"),
        ]
    assert first.item.ext == {"doccano": {"meta": {"a": 1}}}
    assert second.relations == [Relation(id="1", type="at", source="3", target="4")]
    assert (third.marks[0].geometry, third.marks[0].label) == (Nothing(), "positive")
    assert (fourth.marks, fourth.item.status, fourth.item.id) == ([], "done", "4")


def test_doccano_rows_come_back(tmp_path):
    dataset = formats.read(put(tmp_path, DOCCANO[1]))
    formats.write(dataset, tmp_path / "o.jsonl", "doccano", WriteOptions(strict=True))
    assert [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()] == [
        DOCCANO[1]
    ]
    dataset = formats.read(put(tmp_path, DOCCANO[0]))
    formats.write(dataset, tmp_path / "p.jsonl", "doccano", WriteOptions(extra={"layout": "label"}))
    assert json.loads((tmp_path / "p.jsonl").read_text("utf-8")) == DOCCANO[0]


def test_utf16_units_when_the_project_counts_so(tmp_path):
    row = {"text": TEXT, "label": [[5, 9, "店"]]}
    (bundle,) = formats.read(put(tmp_path, row), "doccano", ReadOptions(extra={"unit": "utf16"}))
    assert bundle.marks[0].geometry == Span(4, 7, "𠮷野家")
    dataset = texts(TEXT, (Span(4, 7, "𠮷野家"), "店"), labels=("店",))
    formats.write(dataset, tmp_path / "o.jsonl", "doccano", WriteOptions(extra={"unit": "utf16"}))
    (entity,) = json.loads((tmp_path / "o.jsonl").read_text("utf-8"))["entities"]
    assert (entity["start_offset"], entity["end_offset"]) == (5, 9)
    with pytest.raises(InputError):
        formats.read(tmp_path / "o.jsonl", "doccano", ReadOptions(extra={"unit": "bytes"}))


def test_cluener_ends_are_inclusive_and_proved_by_the_surface(tmp_path):
    row = {
        "text": "浙商银行的叶老桂",
        "label": {"name": {"叶老桂": [[5, 7]]}, "company": {"浙商银行": [[0, 3]]}},
    }
    (bundle,) = formats.read(put(tmp_path, row), "doccano")
    assert [(m.geometry, m.label) for m in bundle.marks] == [
        (Span(5, 8, "叶老桂"), "name"),
        (Span(0, 4, "浙商银行"), "company"),
    ]
    row["label"]["name"]["叶老桂"] = [[4, 6]]
    dataset = formats.read(put(tmp_path, row), "doccano")
    assert list(dataset) == [] and [p.code for p in dataset.problems] == ["span_text_differs"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("{", "line_malformed"),
        ({"label": []}, "row_malformed"),
        ({"text": "ab", "label": [[0, 9, "x"]]}, "span_outside"),
        ({"text": "ab", "label": [[1, 1, "x"]]}, "span_empty"),
        ({"text": "ab", "label": [[0, "1", "x"]]}, "span_outside"),
        ({"text": "ab", "entities": [3]}, "row_malformed"),
        ({"text": "ab", "entities": [], "relations": [{}]}, "row_malformed"),
        ({"text": "ab", "label": [[0]]}, "row_malformed"),
    ],
)
def test_doccano_broken_rows(row, code, tmp_path):
    dataset = formats.read(put(tmp_path, DOCCANO[0], row), "doccano")
    assert len(list(dataset)) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [(code, 2)]
