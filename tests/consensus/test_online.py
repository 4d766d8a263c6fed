"""Incremental updates and calibration."""

from __future__ import annotations

import numpy as np
import pytest

from doujia.consensus import (
    Answers,
    DawidSkene,
    OnlineDawidSkene,
    Temperature,
    calibration_error,
    calibration_floor,
)
from doujia.errors import InputError


def test_answers_one_by_one_lead_where_a_whole_fit_leads(crowd):
    (item, worker, label), _, _ = crowd(4, items=400, workers=25, classes=3, overlap=5)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(item))
    first, later = order[:1600], order[1600:]
    online = OnlineDawidSkene(Answers.from_arrays(item[first], worker[first], label[first]))
    for row in later.tolist():
        online.add(int(item[row]), int(worker[row]), int(label[row]))
    whole = DawidSkene().fit(Answers.from_arrays(item, worker, label))
    gap = [np.abs(online.posterior(i) - whole.probas_[i]).max() for i in range(400)]
    assert np.mean(gap) < 0.03
    assert online.refit_due
    online.refit()
    gap = [np.abs(online.posterior(i) - whole.probas_[i]).max() for i in range(400)]
    assert max(gap) < 1e-6 and not online.refit_due


def test_new_people_new_items_changed_answers_and_gold():
    rows = [(i, w, "xy"[i % 2]) for i in range(20) for w in ("a", "b")]
    online = OnlineDawidSkene(Answers.from_rows(rows), {0: "y"})
    assert online.posterior("never seen") == pytest.approx(
        [10 / 22, 12 / 22], abs=0.01
    )  # gold moved one of twenty
    z = online.add("new", "newcomer", "x")
    assert z[0] > 0.5 and z.sum() == pytest.approx(1)
    assert online.add("new", "newcomer", "y")[1] > 0.5
    assert online.add(0, "newcomer", "x").tolist() == [0.0, 1.0]
    with pytest.raises(InputError) as caught:
        online.add("new", "a", "z")
    assert caught.value.code == "label_unknown"


def test_temperature_takes_back_over_confidence():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 0.95, 4000)
    labels = (rng.random(4000) < p).astype(int)
    sharp = np.column_stack([(1 - p) ** 3, p**3])
    sharp /= sharp.sum(axis=1, keepdims=True)
    scale = Temperature().fit(sharp[:1000], labels[:1000])
    assert scale.temperature_ == pytest.approx(1 / 3, abs=0.05)
    mended = scale.transform(sharp[1000:])
    right = mended.argmax(axis=1) == labels[1000:]
    confidence = mended.max(axis=1)
    assert calibration_error(confidence, right) < calibration_floor(confidence) + 0.015
    assert calibration_error(sharp[1000:].max(axis=1), right) > 0.1
    with pytest.raises(InputError):
        Temperature().fit(sharp[:0], labels[:0])


def test_calibration_error_by_hand():
    # bin .6-.7: said .65 twice, right once; bin .9-1: said .95 twice, right twice
    assert calibration_error(np.array([0.65, 0.65, 0.95, 0.95]), [1, 0, 1, 1]) == pytest.approx(
        (0.3 + 0.1) / 4
    )
