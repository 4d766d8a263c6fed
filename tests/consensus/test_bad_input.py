"""Bad input, line by line, over every method and over the command line: a defined result or a clear error."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
from test_annotations import SAMPLES

from doujia.cli import main
from doujia.consensus import METHODS, Answers, OnlineDawidSkene, gold_from_frame, gold_from_rows, make
from doujia.consensus.people import estimate_skills
from doujia.consensus.structured import (
    BradleyTerry,
    MarkConsensus,
    NoisyBradleyTerry,
    RatingModel,
    Rover,
    SpanConsensus,
)
from doujia.errors import InputError
from doujia.marks import Box, Mark, Polyline, Rating

GOOD = [
    ("1", "a", "cat"), ("1", "b", "cat"), ("1", "c", "dog"), ("2", "a", "dog"), ("2", "b", "dog"), ("2", "c", "dog"),
    ("3", "a", "cat"), ("3", "b", "cat"), ("3", "c", "cat"), ("4", "a", "dog"), ("4", "b", "cat"), ("4", "c", "dog"),
]  # fmt: skip

# name → rows, and the label of each item where there is no doubt of it (None: any of those given)
LINES = {
    "one answer": ([("1", "a", "cat")], {"1": "cat"}),
    "one worker": ([("1", "a", "cat"), ("2", "a", "dog"), ("3", "a", "dog")], {"1": "cat", "2": "dog", "3": "dog"}),
    "one class": ([(i, w, "cat") for i in "123" for w in "abc"], dict.fromkeys("123", "cat")),
    "all tied": ([(i, w, v) for i in "1234" for w, v in (("a", "cat"), ("b", "dog"))], dict.fromkeys("1234")),
    "always the same": ([(i, w, "cat" if w == "a" else v) for i, v in (("1", "cat"), ("2", "dog"), ("3", "dog"), ("4", "cat")) for w in "abcd"],
                        {"1": "cat", "2": "dog", "3": "dog", "4": "cat"}),
    "duplicated answers": ([("1", "c", "cat"), ("4", "a", "cat"), *GOOD], {"1": "cat", "2": "dog", "3": "cat", "4": "dog"}),
    "missing items": ([("", "a", "cat"), (" ", "b", "dog"), *GOOD], {"1": "cat", "2": "dog", "3": "cat", "4": "dog"}),
    "NaN": ([("1", "d", "nan"), ("NaN", "a", "cat"), *GOOD], {"1": "cat", "2": "dog", "3": "cat", "4": "dog"}),
    "labels of mixed type": ([(i, w, v) for i, v in (("1", "1"), ("2", "cat"), ("3", "2.5")) for w in "abc"],
                             {"1": "1", "2": "cat", "3": "2.5"}),
}  # fmt: skip
TOLD = {
    "duplicated answers": "answers_repeated",
    "missing items": "rows_incomplete",
    "NaN": "rows_incomplete",
}


@pytest.fixture
def table(tmp_path):
    def write(rows, head="item,worker,label", name="answers.csv"):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head.split(","), *rows])
        return str(path)

    return write


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("line", LINES)
def test_every_method_on_the_command_line(line, method, table, tmp_path, capsys):
    rows, expected = LINES[line]
    out = tmp_path / "out.csv"
    code = main(["aggregate", table(rows), "--method", method, "--out", str(out), "--json"])
    said = json.loads(capsys.readouterr().out)
    codes = {p["code"] for p in said["problems"]}
    assert (TOLD[line] in codes) if line in TOLD else not codes & set(TOLD.values())
    assert code == (1 if any(p["severity"] != "info" for p in said["problems"]) else 0)
    found = {r["item"]: r for r in csv.DictReader(out.open(encoding="utf-8"))}
    assert found.keys() == expected.keys()
    given = {label for _, _, label in rows}
    for item, row in found.items():
        assert 0 <= float(row["confidence"]) <= 1
        assert row["label"] == expected[item] if expected[item] else row["label"] in given
    if line == "all tied" and method == "mv":
        assert {r["tied"] for r in found.values()} == {"True"}


@pytest.mark.parametrize("metric", ["alpha", "kappa", "fleiss", "ac1", "confusion"])
@pytest.mark.parametrize("line", LINES)
def test_every_measure_on_the_command_line(line, metric, table, capsys):
    rows, _ = LINES[line]
    code = main(["agreement", table(rows), "--metric", metric, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code in (0, 1) and (code == 1) == any(p["severity"] != "info" for p in found["problems"])
    values = [found["value"]] if metric in ("alpha", "fleiss", "ac1") else [p.get("kappa") for p in found["pairs"]] if metric == "kappa" else []  # fmt: skip
    assert all(v is None or -1 <= v <= 1 for v in values)
    alone = {"one answer", "one worker"}
    if metric in ("alpha", "fleiss", "ac1") and line in alone:
        assert values == [None]  # nobody to agree with
    if metric == "alpha" and line == "one class":
        assert values == [None] and {p["code"] for p in found["problems"]} == {"not_computable"}
    if metric == "alpha" and line == "all tied":
        # four items, cat and dog on each: observed 1, expected 2·4·4/(8·7)
        assert values == [pytest.approx(1 - 1 / (32 / 56))]
    if metric == "alpha" and line == "labels of mixed type":
        assert values == [1.0]


@pytest.mark.parametrize("by", ["worker", "class"])
@pytest.mark.parametrize("line", LINES)
def test_people_on_the_command_line(line, by, table, capsys):
    rows, _ = LINES[line]
    code = main(["workers", table(rows), "--by", by, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == (1 if line in TOLD else 0)
    people = {w for _, w, v in rows if w != "d" or v != "nan"}
    assert {r["worker"] for r in found["workers"]} <= people
    if by == "worker":
        assert {r["worker"] for r in found["workers"]} == people
    assert all(0 <= r["low"] <= r["mean"] <= r["high"] <= 1 for r in found["workers"])
    assert found["pairs"] == found["hints"] == []


@pytest.mark.parametrize("method", METHODS)
def test_what_was_left_out_changes_nothing(method):
    clean = make(method).fit(Answers.from_rows(GOOD))
    blank, gap = (
        [(None, "a", "cat"), ("1", None, "dog"), ("2", "z", None)],
        [("9", "a", float("nan")), (float("nan"), "a", "cat")],
    )
    for rows in ([*blank, *GOOD], [*gap, *GOOD], [("3", "b", "dog"), ("1", "a", "dog"), *GOOD]):
        found = make(method).fit(Answers.from_rows(rows))
        assert np.array_equal(found.probas_, clean.probas_) and found.items_ == clean.items_


@pytest.mark.parametrize("method", METHODS)
def test_gold_that_contradicts_itself_is_refused_by_every_method(method, table, tmp_path, capsys):
    answers = Answers.from_rows([(int(i), w, v) for i, w, v in GOOD])
    with pytest.raises(InputError) as refused:
        make(method).fit(answers, {1: "cat", "1": "dog"})
    assert refused.value.code == "gold_contradicts" and "'cat'" in str(refused.value)
    alike = make(method).fit(answers, {1: "dog", "1": "dog"})
    assert alike.labels_[0] == "dog" and np.allclose(np.asarray(alike.probas_).sum(axis=1), 1)
    path = table([("1", "cat"), ("1", "dog")], "item,truth", "gold.csv")
    arguments = [
        "aggregate",
        table(GOOD),
        "--method",
        method,
        "--gold",
        path,
        "--out",
        str(tmp_path / "o.csv"),
    ]
    assert main(arguments) == 1
    assert "[gold_contradicts]" in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_gold_from_rows_and_frames():
    assert gold_from_rows([("1", "cat"), ("1", "cat"), ("2", None), (None, "dog"), ("3", " dog ")]) == {"1": "cat", "3": "dog"}  # fmt: skip
    assert gold_from_frame({"task": [1, 2], "gold": ["cat", "dog"]}) == {1: "cat", 2: "dog"}
    for rows, code in (
        ([("1", "cat"), ("1", "dog")], "gold_contradicts"),
        ([("1", "cat", 3)], "row_malformed"),
    ):
        with pytest.raises(InputError) as refused:
            gold_from_rows(rows)
        assert refused.value.code == code
    with pytest.raises(InputError) as refused:
        make("mv").fit(Answers.from_rows(GOOD), [("1", "cat")])
    assert refused.value.code == "gold_malformed" and "gold_from_rows" in str(refused.value)
    with pytest.raises(InputError) as refused:
        RatingModel().fit(Answers.from_rows([(1, "a", 3), (1, "b", 4)]), {1: 3, "1": 5})
    assert refused.value.code == "gold_contradicts"


# ---- ten thousand classes
@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """10,000 items, each of a class of its own; a and b are right, c takes each for its neighbour."""
    path = tmp_path_factory.mktemp("wide") / "answers.csv"
    lines = ["item,worker,label"]
    for i in range(10_000):
        lines += [f"{i},a,k{i}", f"{i},b,k{i}", f"{i},c,k{(i + 1) % 10_000}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("method", METHODS)
def test_ten_thousand_classes_on_the_command_line(method, wide, tmp_path, capsys):
    out = tmp_path / "o.csv"
    code = main(["aggregate", wide, "--method", method, "--out", str(out)])
    said = capsys.readouterr()
    if method in ("ds", "ibcc", "ebcc", "bwa"):
        assert code == 1 and "[too_many_classes]" in said.err and "one_coin" in said.err and not out.exists()
        return
    right = [r["label"] == f"k{r['item']}" for r in csv.DictReader(out.open(encoding="utf-8"))]
    assert len(right) == 10_000 and all(right)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        # on each item two of three pairs differ; by chance one of 14,999.5 agrees: α = 1 - (2/3)/(1 - 2/29,999·…)
        ("alpha", pytest.approx(1 / 3, abs=1e-3)),
        ("fleiss", pytest.approx(1 / 3, abs=1e-3)),
        ("ac1", pytest.approx(1 / 3, abs=1e-3)),
        ("kappa", None),
        ("confusion", None),
    ],
)
def test_agreement_of_ten_thousand_classes(metric, value, wide, capsys):
    code = main(["agreement", wide, "--metric", metric, "--bootstrap", "20", "--json"])
    said = capsys.readouterr()
    if metric == "confusion":
        assert code == 1 and "[too_many_classes]" in said.err
        return
    found = json.loads(said.out)
    if metric == "kappa":
        kappas = {(p["first"], p["second"]): p["kappa"] for p in found["pairs"]}
        assert kappas["a", "b"] == pytest.approx(1) and kappas["a", "c"] == pytest.approx(0, abs=1e-3)
        return
    assert found["value"] == value


def test_people_among_ten_thousand_classes(wide, capsys):
    assert main(["workers", wide, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [p["code"] for p in found["problems"]] == ["pairs_not_tested"] and found["pairs"] == []
    mean = {r["worker"]: r["mean"] for r in found["workers"]}
    assert mean["a"] > 0.95 and mean["b"] > 0.95 and mean["c"] < 0.05
    assert main(["workers", wide, "--by", "class"]) == 1
    assert "[too_many_classes]" in capsys.readouterr().err


def test_skill_by_one_coin_is_near_that_by_confusions(crowd, monkeypatch):
    rows, _, skill = crowd(3, items=400, workers=25, classes=4, overlap=5)
    answers = Answers.from_arrays(*rows)
    whole = {s.worker: s for s in estimate_skills(answers)}
    monkeypatch.setattr("doujia.consensus.people.skill.DENSE_LIMIT", 10)
    coarse = {s.worker: s for s in estimate_skills(answers)}
    assert np.mean([abs(whole[w].mean - coarse[w].mean) for w in whole]) < 0.01
    assert np.mean([s.low <= skill[w] <= s.high for w, s in coarse.items()]) >= 0.88


def test_two_by_two_kappa_is_the_same_either_way(crowd):
    from doujia.consensus.agreement import cohen_kappa, pairwise_agreement

    rows, _, _ = crowd(4, items=60, workers=3, classes=12, overlap=3)  # 12 labels > 3² pairs
    answers = Answers.from_arrays(*rows)
    found = pairwise_agreement(answers)
    for i in range(3):
        for j in range(3):
            if i != j:
                assert found.kappa[i, j] == pytest.approx(cohen_kappa(answers, found.workers[i], found.workers[j]))  # fmt: skip


# ---- files and plans
@pytest.mark.parametrize(
    ("rows", "head", "code"),
    [
        ([], "item,worker,label", "no_answers"),
        ([("1", "a", "x", "y")], "item,worker,label,label", "column_repeated"),
        ([("1", "a")], "item,worker", "column_missing"),
        ([("1", "a", "x", "soon")], "item,worker,label,time", "time_invalid"),
        ([("1", "a", "x", "-1")], "item,worker,label,weight", "weight_invalid"),
        ([("1", "a", "x", "heavy")], "item,worker,label,weight", "weight_invalid"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(rows, head, code, table, tmp_path, capsys):
    assert main(["aggregate", table(rows, head), "--out", str(tmp_path / "o.csv")]) == 1
    assert f"[{code}]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\x01\x02", "ITEM\r\n".encode("utf-16"), b"\xff\xfe\x00", b"\xff\xff\xff,\xff"]
)
def test_files_that_are_no_table(raw, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert main(["aggregate", str(path), "--out", str(tmp_path / "o.csv")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_results_that_cannot_be_written_are_told(table, tmp_path, capsys):
    answers = table(GOOD)
    for out in (tmp_path / "nowhere" / "o.csv", tmp_path / "answers.csv" / "o.csv"):
        assert main(["aggregate", answers, "--method", "mv", "--out", str(out)]) == 1
        assert "[out_unwritable]" in capsys.readouterr().err
    assert main(["plan", "--prove", "0.98", "--plot", str(tmp_path / "c.png")]) == 1
    assert ".svg" in capsys.readouterr().err
    assert main(["plan", "--prove", "0.98", "--plot", str(tmp_path / "nowhere" / "c.svg")]) == 1
    assert "[out_unwritable]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--lot", "1", "--aql", "1.0"], "lot_invalid"), (["--lot", "500", "--aql", "1.1"], "aql_unknown"),
        (["--lot", "500", "--aql", "nan"], "aql_unknown"), (["--prove", "1"], "plan_invalid"), (["--prove", "nan"], "plan_invalid"),
        (["--prove", "0.9", "--confidence", "1"], "plan_invalid"), (["--prove", "0.9", "--errors", "-1"], "plan_invalid"),
        (["--prove", "0.9", "--lot", "0"], "lot_invalid"), (["--prove", "0.99", "--lot", "20", "--errors", "1"], "lot_too_small"),
    ],
)  # fmt: skip
def test_plans_that_cannot_be(arguments, code, capsys):
    assert main(["plan", *arguments]) == 1
    assert f"[{code}]" in capsys.readouterr().err


def test_an_interval_that_is_none(table, capsys):
    assert main(["workers", table(GOOD), "--confidence", "2"]) == 1
    assert "[confidence_invalid]" in capsys.readouterr().err
    assert main(["agreement", table(GOOD), "--bootstrap", "-3", "--json"]) == 0
    assert "low" not in json.loads(capsys.readouterr().out)
    # two items, each of one value: a single draw of items may hold one value only, and then says nothing
    answers = table([("1", "a", "x"), ("1", "b", "x"), ("2", "a", "y"), ("2", "b", "y")])
    assert main(["agreement", answers, "--bootstrap", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == 1.0


# ---- answers one by one
def test_new_answers_that_cannot_be_taken():
    online = OnlineDawidSkene(Answers.from_rows(GOOD))
    for label in ("bird", None, float("nan"), ["cat"]):
        with pytest.raises(InputError) as refused:
            online.add("1", "a", label)
        assert refused.value.code == "label_unknown"
    before = online.posterior("2")
    assert np.allclose(online.add("2", "a", "dog"), before, atol=0.05)  # said before: nothing new
    assert online.posterior("2").sum() == pytest.approx(1)


# ---- shapes
def marks(*shapes):
    return [Mark(id=f"m{n}", label="x", geometry=s) for n, s in enumerate(shapes)]


@pytest.mark.parametrize("shape", SAMPLES, ids=lambda s: s.__struct_config__.tag)
def test_one_worker_and_one_shape_twice(shape):
    [alone] = MarkConsensus().fit_predict({"i": {"wu": marks(shape)}})["i"]
    assert type(alone.mark.geometry) is type(shape) and alone.drawn_by == ["wu"]
    found = MarkConsensus().fit_predict({"i": {"wu": marks(shape, shape), "li": marks(shape)}})["i"]
    assert 1 <= len(found) <= 2  # hers drawn twice is no second vote
    assert found[0].existence == 1.0 and found[0].mark.label == "x"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_coordinates_that_are_no_numbers_are_named(value):
    for bad in (Box(0, 0, value, 10), Polyline([0, 0, value, 5]), Rating(value, 1, 5)):
        with pytest.raises(InputError) as refused:
            MarkConsensus().fit_predict({"i7": {"wu": marks(bad), "li": marks(bad)}})
        assert refused.value.code == "not_finite" and "'i7'" in str(refused.value)


def test_two_who_share_nothing_are_a_tie_to_look_at():
    found = MarkConsensus().fit_predict(
        {"i": {"wu": marks(Box(0, 0, 9, 9)), "li": marks(Box(50, 50, 60, 60))}}
    )["i"]
    assert [(f.existence, f.state) for f in found] == [(0.5, "review")] * 2
    assert MarkConsensus().fit_predict({}) == {}
    assert MarkConsensus().fit_predict({"i": {}, "j": {"wu": []}}) == {"i": [], "j": []}


# ---- texts, rankings, ratings
@pytest.mark.parametrize("bad", [[], [None], ["a", 3], [float("nan")]])
def test_transcripts_that_are_none(bad):
    with pytest.raises(InputError) as refused:
        Rover().fuse(bad)
    assert refused.value.code == "texts_missing"


def test_transcripts_of_one_of_none_and_of_nothing():
    assert Rover().fuse(["你好"]).text == "你好"
    assert Rover().fuse(["", "", ""]).text == ""
    assert Rover().fuse(["好", ""]).text in ("好", "")
    with pytest.raises(InputError):
        Rover().fuse(["a", "b"], [1.0, math.nan])


@pytest.mark.parametrize("model", [BradleyTerry, NoisyBradleyTerry])
@pytest.mark.parametrize(
    "row",
    [
        ("w", "a", "a", 1.0),
        ("w", "a", "b", float("nan")),
        ("w", "a", "b", 2),
        ("w", "a", "b"),
        ("w", "a", "b", "left"),
    ],
)
def test_comparisons_that_are_none(model, row):
    with pytest.raises(InputError) as refused:
        model().fit([row])
    assert refused.value.code == "row_malformed"


@pytest.mark.parametrize("model", [BradleyTerry, NoisyBradleyTerry])
def test_comparisons_all_tied_and_by_one_worker(model):
    tied = model().fit([("w", "a", "b", 0.5), ("v", "b", "a", 0.5)])
    assert tied.scores_["a"] == pytest.approx(tied.scores_["b"], abs=1e-4)
    assert model().fit([("w", "a", "b", 1.0)]).ranking_ == ["a", "b"]


def test_ratings_of_one_worker_of_one_value_and_of_words():
    one = RatingModel(scale=[1, 2, 3, 4, 5]).fit(Answers.from_rows([(1, "a", 4), (2, "a", 2)]))
    assert one.labels_ == [4, 2]
    same = RatingModel().fit(Answers.from_rows([(i, w, 3) for i in range(4) for w in "abc"]))
    assert np.allclose(same.values_, 3) and np.allclose(same.bias_, 0)
    with pytest.raises(InputError) as refused:
        RatingModel().fit(Answers.from_rows([(1, "a", "good"), (1, "b", "bad")]))
    assert refused.value.code == "labels_not_numbers"


def test_spans_of_one_worker_and_of_none():
    assert [(s.start, s.end, s.label) for s in SpanConsensus().fit_predict({"i": {"a": [(0, 2, "x")]}})["i"]] == [(0, 2, "x")]  # fmt: skip
    assert SpanConsensus().fit_predict({"i": {"a": [], "b": []}}) == {"i": []}
    with pytest.raises(InputError) as refused:
        SpanConsensus().fit_predict({"i": {"a": [(float("nan"), 2, "x")]}})
    assert refused.value.code == "span_empty"
