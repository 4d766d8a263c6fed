"""The commands of the quality engine, run as a person runs them."""

from __future__ import annotations

import csv
import json

import numpy as np
import pyarrow.parquet
import pytest

from doujia.cli import main

ROWS = [
    ("1", "a", "cat"),
    ("1", "b", "cat"),
    ("1", "c", "dog"),
    ("2", "a", "dog"),
    ("2", "b", "dog"),
    ("3", "c", "cat"),
]


@pytest.fixture
def answers(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("item,worker,label\n" + "".join(f"{i},{w},{v}\n" for i, w, v in ROWS), encoding="utf-8")
    return path


def test_aggregate_writes_one_label_per_item(answers, tmp_path, capsys):
    out = tmp_path / "labels.csv"
    assert main(["aggregate", str(answers), "--method", "mv", "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [(r["item"], r["label"], r["answers"]) for r in rows] == [
        ("1", "cat", "3"),
        ("2", "dog", "2"),
        ("3", "cat", "1"),
    ]
    assert float(rows[0]["confidence"]) == pytest.approx(2 / 3, abs=1e-6)
    assert "3 items, 3 workers, 6 answers, 2 classes" in capsys.readouterr().out


def test_aggregate_auto_with_gold_tells_its_reason_as_json(answers, tmp_path, capsys):
    gold = tmp_path / "gold.csv"
    gold.write_text("item,truth\n1,dog\n", encoding="utf-8")
    out = tmp_path / "labels.parquet"
    assert main(["aggregate", str(answers), "--gold", str(gold), "--out", str(out), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["method"] == "auto" and summary["reason"]["en"] and summary["reason"]["zh"]
    assert {choice["model"] for choice in summary["choices"]} >= {"mv", "ds", "glad"}
    table = pyarrow.parquet.read_table(out).to_pylist()
    assert table[0]["label"] == "dog" and table[0]["gold"] is True


def test_aggregate_answers_1_when_rows_were_left_out(answers, tmp_path, capsys):
    with answers.open("a", encoding="utf-8") as file:
        file.write("4,,cat\n1,a,dog\n")
    assert main(["aggregate", str(answers), "--method", "ds", "--out", str(tmp_path / "o.json")]) == 1
    told = capsys.readouterr().err
    assert "rows_incomplete" in told and "answers_repeated" in told


@pytest.mark.parametrize(
    ("extra", "code"),
    [(["--gold", "nowhere.csv"], "file_missing"), (["--out", "labels.docx"], "ending_unknown")],
)
def test_aggregate_refuses_with_a_code(answers, tmp_path, capsys, extra, code):
    arguments = ["aggregate", str(answers), "--out", str(tmp_path / "o.csv"), *extra]
    assert main(arguments) == 1
    assert f"[{code}]" in capsys.readouterr().err


def test_unknown_method_is_a_usage_error(answers, tmp_path):
    with pytest.raises(SystemExit) as caught:
        main(["aggregate", str(answers), "--method", "telepathy", "--out", str(tmp_path / "o.csv")])
    assert caught.value.code == 2


def test_formula_like_labels_are_neutralised(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("item,worker,label\n1,a,=1+1\n2,a,-3\n", encoding="utf-8")
    out = tmp_path / "o.csv"
    main(["aggregate", str(path), "--method", "mv", "--out", str(out)])
    assert [row["label"] for row in csv.DictReader(out.open(encoding="utf-8"))] == ["'=1+1", "-3"]


def test_agreement_prints_alpha_with_interval_and_raw_agreement(answers, capsys):
    assert main(["agreement", str(answers), "--metric", "alpha", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    # units 1 (cat cat dog) and 2 (dog dog): observed 4/2/5, expected 2*2*3/(5*4)
    assert found["value"] == pytest.approx(1 - 0.4 / 0.6)
    assert found["low"] <= found["value"] <= found["high"]
    assert main(["agreement", str(answers)]) == 0
    assert "alpha (nominal) 0.3333 [" in capsys.readouterr().out


def test_agreement_by_pair_and_by_class(answers, capsys):
    assert main(["agreement", str(answers), "--metric", "kappa", "--json"]) == 0
    pairs = json.loads(capsys.readouterr().out)["pairs"]
    assert pairs[0] == {"first": "a", "second": "b", "shared": 2, "equal": 1.0, "kappa": 1.0}
    assert main(["agreement", str(answers), "--metric", "confusion"]) == 0
    assert "cat / dog: 1.0" in capsys.readouterr().out


def test_agreement_that_is_not_computable_is_a_problem_not_a_number(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("item,worker,label\n1,a,x\n1,b,x\n", encoding="utf-8")
    assert main(["agreement", str(path)]) == 1
    said = capsys.readouterr()
    assert "not computable" in said.out and "[not_computable]" in said.err
    path.write_text("item,worker,label\n1,a,x\n1,b,y\n", encoding="utf-8")
    assert main(["agreement", str(path), "--level", "interval"]) == 1
    assert "[labels_not_numbers]" in capsys.readouterr().err


def test_ordinal_levels_order_numbers_not_texts(tmp_path, capsys):
    path = tmp_path / "a.csv"
    rows = [("1", "9"), ("2", "10"), ("3", "9")]
    path.write_text(
        "item,worker,label\n" + "".join(f"{i},a,{v}\n{i},b,{v}\n" for i, v in rows), encoding="utf-8"
    )
    assert main(["agreement", str(path), "--level", "ratio"]) == 0
    assert "1.0000" in capsys.readouterr().out


def test_workers_lists_skill_and_pairs_to_look_at(tmp_path, capsys):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 150)
    lines, copied = ["item,worker,label,active_ms"], []
    for w in range(8):
        accuracy = 0.5 if w < 2 else 0.9
        said = np.where(rng.random(150) < accuracy, truth, rng.integers(0, 3, 150))
        if w == 1:
            said = copied  # worker 1 hands in what worker 0 said
        copied = said if w == 0 else copied
        lines += [f"{i},w{w},{k},{int(rng.lognormal(8.5, 0.4))}" for i, k in enumerate(said)]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "g.csv").write_text(
        "item,truth\n" + "".join(f"{i},{truth[i]}\n" for i in range(60)), encoding="utf-8"
    )
    out = tmp_path / "w.csv"
    arguments = ["workers", str(tmp_path / "a.csv"), "--gold", str(tmp_path / "g.csv"), "--out", str(out)]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["worker"] for row in found["workers"][:2]} == {"w0", "w1"}
    assert all(row["practice_advised"] > 0 for row in found["workers"][:2])
    assert [(p["first"], p["second"]) for p in found["pairs"]] == [("w0", "w1")]
    assert found["hints"] == [] and len(list(csv.DictReader(out.open(encoding="utf-8")))) == 8
    assert main(arguments) == 0
    assert "look at: w0 and w1" in capsys.readouterr().out
    assert main([*arguments, "--by", "class"]) == 0
    assert "w5 class 2:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lot", "3000", "--aql", "1.0"], "inspect 125: accept with <= 3 defective (letter K)"),
        (["--lot", "3000", "--aql", "1.0", "--kind", "double"], "inspect 80: accept with <= 1"),
        (["--lot", "3000", "--aql", "1.0", "--kind", "sequential"], "inspect one by one"),
        (["--prove", "0.98"], "inspect 149; at most 0 errors prove accuracy >= 98.00% at 95% confidence"),
    ],
)
def test_plan_in_words(arguments, said, capsys):
    assert main(["plan", *arguments]) == 0
    assert said in capsys.readouterr().out


def test_plan_draws_its_curve(tmp_path, capsys):
    svg, table = tmp_path / "c.svg", tmp_path / "c.csv"
    assert main(["plan", "--lot", "3000", "--aql", "1.0", "--plot", str(svg), "--json"]) == 0
    curve = json.loads(capsys.readouterr().out)["curve"]
    assert curve[0]["accept"] == 1.0 and svg.read_text(encoding="utf-8").startswith("<svg")
    assert main(["plan", "--prove", "0.99", "--plot", str(table)]) == 0
    assert len(list(csv.DictReader(table.open()))) == 51


def test_plan_usage_and_impossible_plans(capsys):
    assert main(["plan", "--aql", "1.0"]) == 2
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--lot", "100"])
    assert caught.value.code == 2
    assert main(["plan", "--prove", "0.99", "--lot", "50", "--errors", "3"]) == 1
    assert "[lot_too_small]" in capsys.readouterr().err
