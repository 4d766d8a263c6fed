"""Templates of a client's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from doujia import formats
from doujia.errors import DoujiaError
from doujia.formats import MemoryDataset, WriteOptions
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema

MEDIA = ImageMedia(width=64, height=48)
DATA = MemoryDataset(
    Schema(classes=[LabelClass(id="人", name="人"), LabelClass(id="车", name="车")]),
    [
        ItemMarks(Item(id="1", name="甲/a.png", media=MEDIA), [Mark(id="1", geometry=Box(1, 2, 4, 8), label="车", attrs={"备注": '=1+1,"x"'})]),
        ItemMarks(Item(id="2", name="b.png", media=MEDIA), []),
        ItemMarks(Item(id="3", name="c.png", media=MEDIA, status="unseen"), []),
    ],
)  # fmt: skip


def render(tmp_path: Path, text: str, target: str = "out.txt", **extra: str) -> Any:
    (tmp_path / "t.j2").write_text(text, encoding="utf-8")
    options = WriteOptions(extra={"template": str(tmp_path / "t.j2"), **extra})
    return formats.write(DATA, tmp_path / target, "template", options)


def test_one_file_for_the_set(tmp_path: Path) -> None:
    template = "{% for row in items %}{% for m in row.marks %}\n{{ row.item.name|csv }},{{ m.class_index }},{{ m.bbox|join(',') }},{{ m.attrs['备注']|csv }}\n{% endfor %}{% endfor %}"
    report = render(tmp_path, template)
    assert (tmp_path / "out.txt").read_text(
        encoding="utf-8"
    ).strip() == '甲/a.png,1,1.0,2.0,3.0,6.0,"\'=1+1,""x"""'.replace("1.0,2.0,3.0,6.0", "1,2,3,6")
    assert (report.items, report.marks, [(x.code, x.count) for x in report.losses]) == (
        2,
        1,
        [("not_done_skipped", 1)],
    )


def test_one_file_for_each_item(tmp_path: Path) -> None:
    report = render(
        tmp_path, "{{ {'file': item.name, 'n': marks|length}|json }}", "out", name="{{ item.name }}.json"
    )
    assert report.files == 2
    assert json.loads((tmp_path / "out/甲/a.png.json").read_text(encoding="utf-8")) == {
        "file": "甲/a.png",
        "n": 1,
    }
    assert json.loads((tmp_path / "out/b.png.json").read_text(encoding="utf-8")) == {"file": "b.png", "n": 0}


@pytest.mark.parametrize(
    ("template", "extra", "code"),
    [("{% for", {}, "template_wrong"), ("{{ nobody }}", {}, "template_wrong"), ("{{ ''.__class__.__mro__ }}", {}, "template_wrong"),
     ("{{ items.gi_frame.f_globals }}", {}, "template_wrong"), ("{{ cycler.__init__.__globals__ }}", {}, "template_wrong"),
     ("{% include '/etc/passwd' %}", {}, "template_wrong"), ("{% for i in range(10 ** 9) %}{% endfor %}", {}, "template_wrong"),
     ("{{ '{0.__class__}'.format(classes) }}", {}, "template_wrong"),
     ("{% for i in range(99999999) %}{% endfor %}", {}, "template_wrong"), ("{% include '/etc/passwd' %}", {}, "template_wrong"),
     ("x", {"name": "same"}, "template_name_twice"), ("x", {"template": "/nowhere/t.j2"}, "template_unreadable"),
     ("x", {"template": ""}, "template_missing")],
)  # fmt: skip
def test_what_is_wrong_leaves_nothing_behind(
    tmp_path: Path, template: str, extra: dict[str, str], code: str
) -> None:
    with pytest.raises(DoujiaError) as caught:
        render(tmp_path, template, "out", **extra)
    assert caught.value.code == code
    assert [p.name for p in tmp_path.iterdir()] == ["t.j2"]


def test_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    render(tmp_path, "x", "out", name="../../{{ item.id }}.txt")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1.txt", "2.txt"]
