"""Input hygiene: encodings, names, JSON piece by piece, XML piece by piece."""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doujia.errors import FormatError
from doujia.formats.contract import Problems
from doujia.formats.files import clean_name, lines, load_json, read_text
from doujia.formats.json_stream import JsonStream
from doujia.formats.xml_stream import element, parse, subtrees, text

SAYING = "第一行\r\n第二行 😀\n\nlast"


@pytest.mark.parametrize(
    "data",
    [SAYING.encode(), b"\xef\xbb\xbf" + SAYING.encode(), SAYING.encode("utf-16"), SAYING.encode("utf-16-be"), SAYING.encode("gb18030")],
    ids=["utf-8", "bom", "utf-16", "utf-16 without bom", "gb18030"],
)  # fmt: skip
def test_lines_and_text_in_any_encoding(data, tmp_path):
    (tmp_path / "a").write_bytes(data)
    if data == SAYING.encode("utf-16-be"):
        (tmp_path / "a").write_bytes(("ab" + SAYING).encode("utf-16-be"))
        assert next(t for _, t in lines(tmp_path / "a")) == "ab第一行"
        return
    assert list(lines(tmp_path / "a")) == [(1, "第一行"), (2, "第二行 😀"), (3, ""), (4, "last")]
    assert read_text(tmp_path / "a") == SAYING


def test_a_late_chinese_byte_changes_the_guess(tmp_path):
    ascii_page = "x" * 70_000 + "\n"
    (tmp_path / "a").write_bytes(ascii_page.encode() + "汉".encode("gb18030"))
    assert list(lines(tmp_path / "a"))[1] == (2, "汉")


def test_bytes_of_no_encoding_are_named_with_their_line(tmp_path):
    (tmp_path / "a").write_bytes(b"ok\nok\n\xff\xff\xff")
    for reader in (read_text, lambda p: list(lines(p))):
        with pytest.raises(FormatError) as caught:
            reader(tmp_path / "a")
        assert caught.value.code == "encoding_unknown" and caught.value.problem.line in (1, 3)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [("a\\b\\图 1.png", "a/b/图 1.png"), ("./a.png", "a.png"), ("a..b/c.png", "a..b/c.png")],
)
def test_names_get_slashes(name, cleaned):
    assert clean_name(name, "f") == cleaned


@pytest.mark.parametrize("name", ["/a", "\\a", "../a", "a/../b", "C:/a", "c:\\a", "a\0b", ".."])
def test_names_that_climb_out_are_refused(name):
    with pytest.raises(FormatError) as caught:
        clean_name(name, "f", line=3)
    assert (caught.value.code, caught.value.problem.line) == ("name_unsafe", 3)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(items=st.lists(values, max_size=6), before=values, after=values, indent=st.sampled_from([None, 1]))
@settings(max_examples=60, deadline=None)
def test_a_list_read_piece_by_piece_is_the_list(items, before, after, indent):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps({"a": before, "items": items, "z": after}, indent=indent), "utf-8")
        stream = JsonStream(path)
        assert list(stream.elements("items")) == list(enumerate(items))
        assert stream.rest == {"a": before, "z": after}
        path.write_text(json.dumps(items, indent=indent), "utf-8")
        assert [v for _, v in JsonStream(path).elements(None)] == items


def test_a_long_list_needs_little_memory(tmp_path):
    row = json.dumps({"id": 1, "text": "x" * 1000})
    with (tmp_path / "a.json").open("w") as sink:
        sink.write("[" + ",\n".join([row] * 20_000) + "]")
    tracemalloc.start()
    count = sum(1 for _ in JsonStream(tmp_path / "a.json").elements(None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4_000_000  # the file has 20 MB


@pytest.mark.parametrize(
    ("text_", "code", "line"),
    [
        ('[1,\n2,\n{"a": }]', "json_malformed", 3),
        ("[1,\n2", "json_truncated", 2),
        ('["abc', "json_truncated", 1),
        ("[1] 2", "json_malformed", 1),
        ("[1,\nNaN]", "number_not_finite", None),
        ("", "file_empty", 1),
        ('{"items": 3}', "json_malformed", 1),
    ],
)
def test_broken_lists_say_where(text_, code, line, tmp_path):
    (tmp_path / "a.json").write_text(text_)
    with pytest.raises(FormatError) as caught:
        list(JsonStream(tmp_path / "a.json").elements("items" if text_.startswith("{") else None))
    assert caught.value.code == code
    assert line is None or caught.value.problem.line == line


def test_keys_given_twice_and_large_ids(tmp_path):
    (tmp_path / "a.json").write_text('{"a": 1, "id": 9007199254740993123, "a": 2}')
    problems = Problems()
    assert load_json(tmp_path / "a.json", problems) == {"a": 2, "id": 9007199254740993123}
    assert [(p.code, p.pointer) for p in problems] == [("key_repeated", "a")]


def test_deep_json_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("[" * 100_000)
    with pytest.raises(FormatError) as caught:
        load_json(tmp_path / "a.json")
    assert caught.value.code in ("json_too_deep", "json_malformed")


def test_xml_subtrees_have_lines_and_little_memory(tmp_path):
    row = '<image id="1"><box a="1"/>' + "<t>x</t>" * 20 + "</image>\n"
    with (tmp_path / "a.xml").open("w") as sink:
        sink.write("<r>\n" + row * 5_000 + "</r>")
    tracemalloc.start()
    last = None
    for node in subtrees(tmp_path / "a.xml", lambda place: place == ("r", "image")):
        last = node.line
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert last == 5_001
    assert peak < 5_000_000


@given(content=st.text(max_size=12))
@settings(max_examples=60, deadline=None)
def test_xml_texts_come_back_or_are_replaced(content):
    markup = element("a", {"b": content}, text(content))
    node = parse(markup, "memory")
    allowed = "".join(
        c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in content
    )
    assert node.attrs["b"] == allowed
    assert node.content == allowed


def test_xml_depth_is_bounded():
    with pytest.raises(FormatError) as caught:
        parse("<a>" * 500, "memory")
    assert caught.value.code == "xml_too_deep"
