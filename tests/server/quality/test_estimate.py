"""Intervals against published figures and hand calculation."""

from __future__ import annotations

import pytest

from doujia.server.quality.estimate import clustered, differ, rate


def test_wilson_as_published() -> None:
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I: 81/263 and 15/148.
    for good, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = rate(good, of)
        assert found.low == pytest.approx(low, abs=5e-5)
        assert found.high == pytest.approx(high, abs=5e-5)


def test_nothing_checked_has_no_share() -> None:
    assert rate(0, 0).value is None
    assert clustered(0, 0, 0, 0, 0, 0).low is None


def test_difference_as_published() -> None:
    # Newcombe (1998), Interval estimation for the difference, method 10: 56/70 - 48/80 is .0524 to .3339.
    assert differ(rate(56, 70), rate(48, 80))
    # the same paper: 9/10 - 3/10 is .1705 to .8090; 6/7 - 2/7 is .0582 to .8062; 5/56 - 0/29 is -.0381 to .1926.
    assert differ(rate(9, 10), rate(3, 10))
    assert differ(rate(6, 7), rate(2, 7))
    assert not differ(rate(5, 56), rate(0, 29))
    assert not differ(rate(5, 5), rate(0, 0))


def test_marks_that_fail_together_are_worth_few_trials() -> None:
    # 20 answers of 10 marks; in two of them all ten are wrong. p = .1; the residuals are 9 twice and -1 eighteen times,
    # so Σ(w - pn)² = 2·81 + 18 = 180, variance 20/19·180/200² = .0047368, binomial .09/200 = .00045: effect 10.526.
    together = clustered(20, 200, 20, 2000, 200, 200)
    assert together.value == pytest.approx(0.9)
    expected = rate(180, 200, effective=200 / 10.526315789)
    assert (together.low, together.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    # one wrong in each: no variance between answers at all, and the interval is never narrower than independent trials
    apart = clustered(20, 200, 20, 2000, 20, 200)
    alone = rate(180, 200)
    assert (apart.low, apart.high) == (pytest.approx(alone.low), pytest.approx(alone.high))


def test_without_an_error_the_interval_still_knows_that_marks_come_by_the_answer() -> None:
    # 12 answers of 6 marks, none wrong: effect 1 + (6 - 1)·.1 = 1.5, worth 48 trials
    found = clustered(12, 72, 0, 432, 0, 0)
    assert found.low == pytest.approx(rate(48, 48).low)
    assert found.of == 72
