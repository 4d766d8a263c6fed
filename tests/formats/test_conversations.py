"""Chat and preference JSONL, to TRL's documented row shapes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import ALL

from doujia import formats
from doujia.errors import FormatError, InputError, LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.marks import (
    At,
    Candidate,
    ConversationMedia,
    Item,
    ItemMarks,
    Mark,
    Message,
    Ranking,
    Rating,
    Schema,
)


def put(tmp_path, *rows, name="in.jsonl"):
    text = "\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows)
    (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / name


def rows_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


SFT = [
    {"messages": [{"role": "system", "content": "你是助手"}, {"role": "user", "content": "9.8 和 9.11 哪个大？"}, {"role": "assistant", "content": "9.8 大"}]},
    {"messages": [{"role": "user", "content": "开灯"}, {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "light", "arguments": {"state": "on"}}}]}, {"role": "tool", "name": "light", "content": "on"}, {"role": "assistant", "content": "好了", "weight": 1}], "tools": [{"type": "function", "function": {"name": "light"}}]},
    {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "图里有什么？"}]}, {"role": "assistant", "content": [{"type": "text", "text": "…"}]}], "images": ["img/1.png"]},
]  # fmt: skip


def test_sft_rows_come_back_as_they_were(tmp_path):
    path = put(tmp_path, *SFT)
    assert formats.sniff(path)[0][0] == "chat-jsonl"
    dataset = formats.read(path)
    first, second, third = dataset
    assert [m.role for m in first.item.media.messages] == ["system", "user", "assistant"]
    assert second.item.media.messages[1].extra["tool_calls"][0]["function"]["name"] == "light"
    assert third.item.media.messages[0].content == "图里有什么？"
    report = formats.write(dataset, tmp_path / "out.jsonl", "chat-jsonl", WriteOptions(strict=True))
    assert rows_of(tmp_path / "out.jsonl") == SFT
    assert report.items == 3


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"conversations": [{"from": "human", "value": "问"}, {"from": "gpt", "value": "答"}], "system": "系"}, [("system", "系"), ("user", "问"), ("assistant", "答")]),
        ({"instruction": "译", "input": "hi", "output": "你好", "system": "", "history": [["a", "b"]]}, [("user", "a"), ("assistant", "b"), ("user", "译\nhi"), ("assistant", "你好")]),
        ({"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "A"}]}, [("user", "Q"), ("assistant", "A")]),
        ({"prompt": "Q", "completion": "A"}, [("user", "Q"), ("assistant", "A")]),
    ],
    ids=["sharegpt", "alpaca", "prompt-completion", "plain"],
)  # fmt: skip
def test_other_layouts_are_read(row, expected, tmp_path):
    (bundle,) = formats.read(put(tmp_path, row), "chat-jsonl")
    assert [(m.role, m.content) for m in bundle.item.media.messages] == expected


def test_other_layouts_are_written(tmp_path):
    dataset = formats.read(
        put(tmp_path, {"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]})
    )
    formats.write(dataset, tmp_path / "s.jsonl", "chat-jsonl", WriteOptions(extra={"layout": "sharegpt"}))
    assert rows_of(tmp_path / "s.jsonl") == [
        {"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}
    ]
    formats.write(
        dataset, tmp_path / "p.jsonl", "chat-jsonl", WriteOptions(extra={"layout": "prompt-completion"})
    )
    assert rows_of(tmp_path / "p.jsonl") == [
        {"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "A"}]}
    ]
    with pytest.raises(InputError):
        formats.write(dataset, tmp_path / "x.jsonl", "chat-jsonl", WriteOptions(extra={"layout": "poem"}))


text = st.text(st.sampled_from('ab 中😀\n"\\'), min_size=1, max_size=9)


@given(dialogues=st.lists(st.lists(text, min_size=1, max_size=3), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_any_dialogue_round_trips(dialogues, tmp_path_factory):
    rows = [
        {
            "messages": [
                m
                for q in d
                for m in ({"role": "user", "content": q}, {"role": "assistant", "content": q + "?"})
            ]
        }
        for d in dialogues
    ]
    folder = tmp_path_factory.mktemp("chat")
    dataset = formats.read(put(folder, *rows), "chat-jsonl")
    formats.write(dataset, folder / "out.jsonl", "chat-jsonl", WriteOptions(strict=True))
    assert rows_of(folder / "out.jsonl") == rows


def test_dialogues_without_an_answer_stop(tmp_path):
    dataset = formats.read(put(tmp_path, {"messages": [{"role": "user", "content": "Q"}]}, SFT[0]))
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "o.jsonl", "chat-jsonl")
    assert [(x.code, x.count) for x in caught.value.report.losses] == [("items_dropped", 1)]
    assert not (tmp_path / "o.jsonl").exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("{", "line_malformed"),
        ("[1]", "line_malformed"),
        ('{"messages": []}', "row_malformed"),
        ('{"messages": [{"content": "x"}]}', "row_malformed"),
        ('{"messages": [{"role": "user", "content": 3}]}', "row_malformed"),
        ('{"conversations": [{"from": "martian", "value": "x"}]}', "row_malformed"),
        ('{"other": 1}', "row_malformed"),
    ],
)
def test_broken_lines_are_named_and_the_rest_is_read(row, code, tmp_path):
    dataset = formats.read(put(tmp_path, SFT[0], row, SFT[1]), "chat-jsonl")
    assert len(list(dataset)) == 2
    assert [(p.code, p.line) for p in dataset.problems] == [(code, 2)]
    with pytest.raises(FormatError):
        list(formats.read(put(tmp_path, '{"messages": NaN}'), "chat-jsonl"))


PAIR = {
    "prompt": [{"role": "user", "content": "Q"}],
    "chosen": [{"role": "assistant", "content": "good"}],
    "rejected": [{"role": "assistant", "content": "bad"}],
}
PAIRS = [
    PAIR,
    {"chosen": PAIR["prompt"] + PAIR["chosen"], "rejected": PAIR["prompt"] + PAIR["rejected"]},
    {"prompt": "Q", "chosen": "good", "rejected": "bad"},
    {"input": {"messages": PAIR["prompt"], "tools": []}, "preferred_output": PAIR["chosen"], "non_preferred_output": PAIR["rejected"]},
    {"conversations": [{"from": "human", "value": "Q"}], "chosen": {"from": "gpt", "value": "good"}, "rejected": {"from": "gpt", "value": "bad"}},
    {"chosen": "\n\nHuman: Q\n\nAssistant: good", "rejected": "\n\nHuman: Q\n\nAssistant: bad"},
]  # fmt: skip


@pytest.mark.parametrize("row", PAIRS, ids=["explicit", "implicit", "plain", "openai", "sharegpt", "hh"])
def test_every_pair_layout_is_the_same_judgement(row, tmp_path):
    dataset = formats.read(put(tmp_path, row), "dpo-jsonl")
    (bundle,) = dataset
    assert not list(dataset.problems)
    media = bundle.item.media
    assert [(m.role, m.content) for m in media.messages] == [("user", "Q")]
    assert [(c.id, c.messages[0].role, c.messages[0].content) for c in media.candidates] == [
        ("chosen", "assistant", "good"),
        ("rejected", "assistant", "bad"),
    ]
    assert [m.geometry for m in bundle.marks] == [Ranking([["chosen"], ["rejected"]])]


@pytest.mark.parametrize(
    ("row", "layout"), [(PAIRS[0], "explicit"), (PAIRS[1], "implicit"), (PAIRS[2], "explicit")]
)
def test_pairs_come_back_as_they_were(row, layout, tmp_path):
    dataset = formats.read(put(tmp_path, row), "dpo-jsonl")
    formats.write(
        dataset, tmp_path / "o.jsonl", "dpo-jsonl", WriteOptions(strict=True, extra={"layout": layout})
    )
    assert rows_of(tmp_path / "o.jsonl") == [row]
    assert formats.sniff(tmp_path / "o.jsonl")[0][0] == "dpo-jsonl"


def compared(*orders, answers="abc"):
    names = sorted({c for order in orders for tie in order for c in tie}) or answers
    candidates = [Candidate(id=c, messages=[Message(id=f"{c}1", role="assistant", content=c)]) for c in names]
    media = ConversationMedia(messages=[Message(id="m1", role="user", content="Q")], candidates=candidates)
    marks = [Mark(id=str(i), geometry=Ranking(o)) for i, o in enumerate(orders, 1)]
    return MemoryDataset(Schema(), [ItemMarks(Item(id="x", name="x", media=media), marks)])


def counted(report):
    return sorted((x.code, x.source, x.count) for x in report.losses)


def pairs_of(path):
    return [(r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in rows_of(path)]


def test_a_ranking_becomes_its_cross_group_pairs(tmp_path):
    dataset = compared([["c"], ["a", "b"]])
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "o.jsonl", "dpo-jsonl")
    assert counted(caught.value.report) == [
        ("geometry_changed", "ranking", 1),
        ("id_renumbered", "candidate", 3),
        ("name_changed", None, 1),
        ("tie_dropped", None, 1),
    ]
    formats.write(dataset, tmp_path / "o.jsonl", "dpo-jsonl", ALL)
    assert sorted(pairs_of(tmp_path / "o.jsonl")) == [("c", "a"), ("c", "b")]


def test_raters_are_merged_by_majority_and_the_merge_is_reported(tmp_path):
    dataset = compared([["a"], ["b"]], [["a"], ["b"]], [["b"], ["a"]])
    report = formats.write(dataset, tmp_path / "o.jsonl", "dpo-jsonl")
    assert pairs_of(tmp_path / "o.jsonl") == [("a", "b")]
    assert counted(report) == [("id_renumbered", "candidate", 2), ("judgments_aggregated", None, 3)]
    assert rows_of(tmp_path / "o.jsonl")[0]["id"] == "x"


def test_long_rankings_are_capped_and_it_is_said(tmp_path):
    dataset = compared([["a"], ["b"], ["c"], ["d"], ["e"]])
    report = formats.write(dataset, tmp_path / "o.jsonl", "dpo-jsonl", ALL)
    assert len(pairs_of(tmp_path / "o.jsonl")) == 6
    assert counted(report) == [
        ("geometry_changed", "ranking", 1),
        ("id_renumbered", "candidate", 5),
        ("marks_dropped", "pair beyond the limit", 4),
        ("name_changed", None, 1),
    ]
    formats.write(dataset, tmp_path / "p.jsonl", "dpo-jsonl", WriteOptions(extra={"max_pairs": "10"}))
    assert len(pairs_of(tmp_path / "p.jsonl")) == 10


def test_a_folder_also_holds_where_rows_come_from_and_the_raw_judgements(tmp_path):
    formats.write(compared([["a"], ["b"]]), tmp_path / "out", "dpo-jsonl")
    assert rows_of(tmp_path / "out" / "rows.jsonl") == [{"row": 1, "item": "x", "candidates": ["a", "b"]}]
    assert formats.sniff(tmp_path / "out")[0][0] == "dpo-jsonl"
    assert [m.geometry for b in formats.read(tmp_path / "out") for m in b.marks] == [
        Ranking([["chosen"], ["rejected"]])
    ]
    (judgement,) = rows_of(tmp_path / "out" / "judgments.jsonl")
    assert judgement["judgment"]["geometry"] == {"kind": "ranking", "order": [["a"], ["b"]]}


def test_equal_and_empty_answers_are_refused(tmp_path):
    dataset = compared([["a"], ["b"]])
    dataset.items[0].item.media.candidates[1].messages[0].content = "a"
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "o.jsonl", "dpo-jsonl")
    assert {x.code for x in caught.value.report.losses} == {"marks_dropped", "items_dropped"}


KTO = [
    {
        "prompt": [{"role": "user", "content": "Q"}],
        "completion": [{"role": "assistant", "content": "A"}],
        "label": True,
    },
    {"prompt": "Q", "completion": "A", "label": False},
]
PRM = [
    {
        "prompt": "9.8 和 9.11 哪个大？",
        "completions": ["整数部分都是 9。", "小数部分 0.8 小于 0.11。"],
        "labels": [True, False],
    }
]


@pytest.mark.parametrize(("name", "rows"), [("kto-jsonl", KTO), ("prm-jsonl", PRM)])
def test_labelled_answers_and_steps_come_back_as_they_were(name, rows, tmp_path):
    path = put(tmp_path, *rows)
    assert formats.sniff(path)[0][0] == name
    dataset = formats.read(path)
    report = formats.write(dataset, tmp_path / "o.jsonl", name, WriteOptions(strict=True))
    assert rows_of(tmp_path / "o.jsonl") == rows
    assert report.losses == []


def test_ratings_on_a_scale_become_labels_and_it_is_said(tmp_path):
    dataset = compared()
    dataset.items[0].marks = [
        Mark(id=str(i), geometry=Rating(v, 1, 5), at=At(message=c))
        for i, (c, v) in enumerate([("a", 5), ("b", 2), ("c", 3)])
    ]
    report = formats.write(dataset, tmp_path / "o.jsonl", "kto-jsonl", ALL)
    assert [(r["completion"][0]["content"], r["label"]) for r in rows_of(tmp_path / "o.jsonl")] == [
        ("a", True),
        ("b", False),
    ]
    assert counted(report) == [
        ("geometry_reduced", "rating", 2),
        ("id_renumbered", "candidate", 2),
        ("id_renumbered", "mark", 1),
        ("name_changed", None, 1),
        ("tie_dropped", None, 1),
    ]


def test_answers_that_nobody_judged_stop(tmp_path):
    dataset = compared([["a"], ["b"]])
    dataset.items[0].item.media.candidates.append(
        Candidate(id="c", messages=[Message(id="c1", role="assistant", content="c")])
    )
    for name, mark in (
        ("dpo-jsonl", Mark(id="1", geometry=Ranking([["a"], ["b"]]))),
        ("kto-jsonl", Mark(id="1", geometry=Rating(1, 0, 1), at=At(message="a"))),
        ("prm-jsonl", Mark(id="1", geometry=Rating(1, 0, 1), at=At(message="a1"))),
    ):
        dataset.items[0].marks = [mark]
        with pytest.raises(LossRefused) as caught:
            formats.write(dataset, tmp_path / "o.jsonl", name)
        lost = {x.code: x.count for x in caught.value.report.losses}
        assert lost["candidates_dropped"] == (1 if name == "dpo-jsonl" else 2)


def test_an_empty_answer_is_no_row_and_is_counted(tmp_path):
    dataset = compared(answers="ab")
    dataset.items[0].item.media.candidates[1].messages[0].content = ""
    dataset.items[0].marks = [
        Mark(id="1", geometry=Rating(1, 0, 1), at=At(message="a")),
        Mark(id="2", geometry=Rating(0, 0, 1), at=At(message="b")),
    ]
    report = formats.write(dataset, tmp_path / "o.jsonl", "kto-jsonl", ALL)
    assert [r["completion"][0]["content"] for r in rows_of(tmp_path / "o.jsonl")] == ["a"]
    assert {x.code: x.count for x in report.losses}["marks_dropped"] == 1


def test_what_a_stepwise_row_cannot_say_is_counted(tmp_path):
    dataset = compared(answers="a")
    media = dataset.items[0].item.media
    media.messages.insert(0, Message(id="m0", role="system", content="S"))
    media.candidates[0].messages.append(Message(id="a2", role="assistant", content="more"))
    dataset.items[0].marks = [Mark(id="1", geometry=Rating(1, 0, 1), at=At(message="a1"))]
    report = formats.write(dataset, tmp_path / "o.jsonl", "prm-jsonl")
    assert counted(report) == [
        ("id_renumbered", "candidate", 1),
        ("text_dropped", "roles of the prompt", 1),
        ("text_dropped", "step without a label", 1),
    ]


@pytest.mark.parametrize("number", [7, "7", "a"])
def test_ids_of_rows_come_back_as_they_were(number, tmp_path):
    for name, row in (("chat-jsonl", SFT[0]), ("dpo-jsonl", PAIR), ("kto-jsonl", KTO[0])):
        rows = [{"id": number, **row}, row]
        dataset = formats.read(put(tmp_path, *rows), name)
        assert [b.item.id for b in dataset] == [str(number), "2"]
        formats.write(dataset, tmp_path / "o.jsonl", name, WriteOptions(strict=True))
        assert rows_of(tmp_path / "o.jsonl") == rows


RANKED = [
    {"prompt": [{"role": "user", "content": "Q"}], "completions": [[{"role": "assistant", "content": c}] for c in "xyz"], "ranks": [2, 1, 2]},
    {"id": "q7", "prompt": "Q", "completions": ["x", "y"], "ranks": [1, 2], "ids": ["a", "b"]},
    {"id": "q7", "prompt": "Q", "completions": ["x", "y"], "ranks": [2, None], "ids": ["a", "b"]},
    {"id": 9, "prompt": "Q", "completions": ["x", "y"], "ranks": [1, 1], "source": "phone"},
]  # fmt: skip


def test_whole_rankings_come_back_with_ties_and_several_judges(tmp_path):
    path = put(tmp_path, *RANKED)
    assert formats.sniff(path)[0][0] == "ranking-jsonl"
    dataset = formats.read(path)
    assert [(b.item.id, [m.geometry.order for m in b.marks]) for b in dataset] == [
        ("1", [[["2"], ["1", "3"]]]),
        ("q7", [[["a"], ["b"]], [["a"]]]),
        ("9", [[["1", "2"]]]),
    ]
    assert not list(dataset.problems)
    report = formats.write(dataset, tmp_path / "o.jsonl", "ranking-jsonl", WriteOptions(strict=True))
    assert (report.items, report.marks, report.losses) == (3, 4, [])
    # The second judge's only rank is written as the best: that it was called 2 says no more.
    assert rows_of(tmp_path / "o.jsonl") == [*RANKED[:2], {**RANKED[2], "ranks": [1, None]}, RANKED[3]]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Q", "completions": ["x"], "ranks": [1, 2]},
        {"prompt": "Q", "completions": ["x", "y"], "ranks": [1, 1.5]},
        {"prompt": "Q", "completions": ["x", "y"], "ranks": [None, None]},
        {"prompt": "Q", "completions": ["x", "y"], "ranks": [1, 2], "ids": ["a", "a"]},
        {"completions": ["x"], "ranks": [1]},
    ],
)
def test_broken_rankings_are_named(row, tmp_path):
    dataset = formats.read(put(tmp_path, RANKED[0], row), "ranking-jsonl")
    assert len(list(dataset)) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [("row_malformed", 2)]


def test_the_pairs_of_a_ranking_are_those_of_dpo(tmp_path):
    dataset = formats.read(put(tmp_path, RANKED[0]), "ranking-jsonl")
    formats.write(dataset, tmp_path / "d.jsonl", "dpo-jsonl", ALL)
    assert sorted(pairs_of(tmp_path / "d.jsonl")) == [("y", "x"), ("y", "z")]


def test_steps_end_with_the_first_wrong_one(tmp_path):
    row = {"prompt": "Q", "completions": ["1", "2", "3"], "labels": [True, False, True]}
    dataset = formats.read(put(tmp_path, row), "prm-jsonl")
    report = formats.write(dataset, tmp_path / "o.jsonl", "prm-jsonl", ALL)
    assert rows_of(tmp_path / "o.jsonl")[0]["labels"] == [True, False]
    assert [(x.code, x.count) for x in report.losses] == [("marks_dropped", 1)]
    formats.write(
        dataset, tmp_path / "a.jsonl", "prm-jsonl", WriteOptions(strict=True, extra={"all_steps": "yes"})
    )
    assert rows_of(tmp_path / "a.jsonl") == [row]


@pytest.mark.parametrize(
    "row",
    [
        {"chosen": "a"},
        {"prompt": "Q", "completion": "A", "label": 1},
        {"prompt": "Q", "completions": ["a"], "labels": []},
        {"prompt": "Q", "completions": [3], "labels": [True]},
        {"chosen": "no turns", "rejected": "no turns"},
        {"prompt": [], "chosen": "a", "rejected": "b"},
    ],
)
def test_broken_preferences_are_named(row, tmp_path):
    dataset = formats.read(put(tmp_path, PAIR, row), "dpo-jsonl")
    assert len(list(dataset)) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [("row_malformed", 2)]
