"""Plans against the tables of the standard and published figures."""

from __future__ import annotations

import numpy as np
import pytest

from doujia.consensus import Answers
from doujia.consensus.plans import (
    DoublePlan,
    OverlapRule,
    SequentialPlan,
    SinglePlan,
    aql_plan,
    code_letter,
    design_effect,
    draw_sample,
    effective_size,
    gold_needed,
    gold_plan,
    item_looks_known,
    one_coin_posterior,
    operating_curve,
    prove,
    replay,
)
from doujia.errors import InputError


@pytest.mark.parametrize(
    ("lot", "letter", "aql", "n", "accept", "at_five_percent"),
    [
        # quality reference, section 11: GB/T 2828.1 normal, level II; P(accept) of a lot 5 % bad
        (500, "H", 1.0, 50, 1, 0.279),
        (500, "H", 2.5, 50, 3, 0.760),
        (500, "H", 4.0, 50, 5, 0.962),
        (1200, "J", 0.65, 80, 1, 0.086),
        (1200, "J", 2.5, 80, 5, 0.789),
        (3200, "K", 0.65, 125, 2, 0.048),
        (3200, "K", 1.0, 125, 3, 0.124),
        (3200, "K", 4.0, 125, 10, 0.951),
        (10_000, "L", 0.65, 200, 3, 0.009),
        (10_000, "L", 2.5, 200, 10, 0.583),
        (10_001, "M", 1.0, 315, 7, 0.010),
        (35_000, "M", 4.0, 315, 21, 0.926),
    ],
)
def test_single_plans_of_the_standard(lot, letter, aql, n, accept, at_five_percent):
    plan = aql_plan(lot, aql)
    assert (plan.letter, plan.n, plan.accept) == (letter, n, accept)
    assert code_letter(lot) == letter
    assert plan.accept_probability(0.05) == pytest.approx(at_five_percent, abs=6e-4)


def test_arrows_of_the_table():
    assert aql_plan(120, 1.0) == SinglePlan(13, 0, "E")  # F points up to E
    assert aql_plan(200, 1.0) == SinglePlan(50, 1, "H")  # G points down to H
    assert aql_plan(20, 0.65).n == 20  # the table asks for more than the lot: inspect everything
    assert aql_plan(10_000, 1.0, severity="tightened") == SinglePlan(200, 3, "L")
    with pytest.raises(InputError):
        aql_plan(500, 1.1)
    with pytest.raises(InputError):
        aql_plan(1, 1.0)


@pytest.mark.parametrize(
    ("accuracy", "sizes"),
    [(0.95, (59, 93, 124)), (0.97, (99, 157, 208)), (0.98, (149, 236, 313)), (0.99, (299, 473, 628))],
)
def test_samples_that_prove_an_accuracy(accuracy, sizes):
    assert tuple(prove(accuracy, errors=c).n for c in range(3)) == sizes


def test_proof_about_a_finite_lot_needs_less_and_may_be_impossible():
    assert prove(0.95, lot=200).n < 59
    assert prove(0.95, lot=10**6).n == 59
    with pytest.raises(InputError) as caught:
        prove(0.95, lot=20, errors=2)
    assert caught.value.code == "lot_too_small"
    with pytest.raises(InputError):
        prove(1.0)
    plan = prove(0.98)
    assert plan.judge(0) == "accept" and plan.judge(1) == "reject"
    assert plan.interval(0)[1] == 1.0
    with pytest.raises(InputError):
        plan.judge(1000)


@pytest.mark.parametrize("lot", [500, 3000, 10_000, 30_000])
@pytest.mark.parametrize("kind", ["double", "sequential"])
def test_double_and_sequential_plans_protect_as_the_single_one_with_fewer_items(lot, kind):
    single, other = aql_plan(lot, 1.0), aql_plan(lot, 1.0, kind=kind)
    assert isinstance(other, DoublePlan | SequentialPlan)
    for bad in (0.01, 0.03, 0.06):
        assert other.accept_probability(bad) == pytest.approx(single.accept_probability(bad), abs=0.1)
    assert other.mean_sample(0.01) < single.n


def test_exact_walks_are_what_simulation_shows():
    plan = aql_plan(3000, 1.0, kind="sequential")
    rng = np.random.default_rng(0)
    accepted, used = 0, []
    for _ in range(1500):
        defective = 0
        for n in range(1, plan.n_max + 1):
            defective += rng.random() < 0.03
            verdict = plan.judge(n, defective)
            if verdict != "continue":
                break
        accepted += verdict == "accept"
        used.append(n)
    assert plan.accept_probability(0.03) == pytest.approx(accepted / 1500, abs=0.035)
    assert plan.mean_sample(0.03) == pytest.approx(np.mean(used), rel=0.05)
    double = DoublePlan(32, 0, 2, 32, 1)
    assert [double.judge(0), double.judge(2), double.judge(1), double.judge(1, 0), double.judge(1, 1)] == [
        "accept", "reject", "continue", "accept", "reject",
    ]  # fmt: skip


def test_operating_curves_fall_from_one():
    curve = operating_curve(aql_plan(10_000, 2.5))
    accepts = [point.accept for point in curve]
    assert accepts[0] == 1 and accepts[-1] < 0.02 and accepts == sorted(accepts, reverse=True)
    lot = aql_plan(300, 2.5)
    assert lot.accept_probability(0.1, lot=300) != lot.accept_probability(0.1)  # hypergeometric past a tenth


def test_samples_are_drawn_by_strata_and_can_be_drawn_again():
    strata = {"anna": list(range(100)), "bao": list(range(100, 130)), "chen": [200]}
    sample = draw_sample(strata, 20, seed=7)
    assert sample == draw_sample(strata, 20, seed=7) != draw_sample(strata, 20, seed=8)
    assert {k: len(v) for k, v in sample.items()} == {"anna": 15, "bao": 4, "chen": 1}
    assert all(set(items) <= set(strata[key]) for key, items in sample.items())
    with pytest.raises(InputError):
        draw_sample(strata, 500, seed=1)
    assert design_effect(5, 0.1) == pytest.approx(1.4) and effective_size(140, 5, 0.1) == pytest.approx(100)
    with pytest.raises(InputError):
        design_effect(0, 2)


def test_gold_numbers_of_the_reference():
    assert [gold_needed(p, 0.05) for p in (0.95, 0.90, 0.80)] == [83, 141, 245]
    assert [gold_needed(p, 0.10) for p in (0.95, 0.90, 0.80)] == [25, 37, 60]
    plan = gold_plan(2000, 200, exposure=50)
    assert plan.per_person == 45 and plan.items == 180 and plan.rate == pytest.approx(0.0225)
    with pytest.raises(InputError):
        gold_plan(0, 1)


def test_gold_that_leaked_is_noticed():
    assert item_looks_known([False] * 12 + [True] * 24)
    assert not item_looks_known([True, False] * 30)
    assert not item_looks_known([False] * 5 + [True] * 5)


@pytest.mark.parametrize(
    ("labels", "best", "posterior"),
    [(["OK", "OK"], "OK", 0.977), (["OK", "BAD"], "BAD", 0.761), (["OK", "BAD", "BAD"], "BAD", 0.962)],
)
def test_posterior_of_toloka_documentation(labels, best, posterior):
    skills = [0.7, 0.9, 0.8][: len(labels)]
    z = one_coin_posterior(labels, skills, ["OK", "BAD", "404"])
    assert max(z, key=z.get) == best and z[best] == pytest.approx(posterior, abs=6e-4)


def test_overlap_rule():
    rule = OverlapRule(0.95, 2, 4)
    assert [rule.decide(0.99, 1), rule.decide(0.99, 2), rule.decide(0.8, 3), rule.decide(0.8, 4)] == [
        "ask", "stop", "ask", "arbitrate",
    ]  # fmt: skip
    with pytest.raises(InputError):
        OverlapRule(0.4)
    with pytest.raises(InputError):
        one_coin_posterior(["x"], [0.5, 0.5], ["x", "y"])


def test_sequential_overlap_saves_answers_on_a_simulated_crowd(crowd):
    (item, worker, label), truth, _ = crowd(9, items=500, workers=25, classes=4, overlap=7, accuracy=(9, 2))
    answers = Answers.from_arrays(item, worker, label)
    done = replay(answers, OverlapRule(0.95, 2, 7), seed=1)
    assert done.used.max() <= 7 and done.used.min() >= 2
    assert done.used.mean() < 5 * 0.65
    assert np.mean(np.array(done.labels) == truth) > 0.95
    again = replay(answers, OverlapRule(0.95, 2, 7), seed=1)
    assert again.labels == done.labels
