"""Patterns that never end are refused; patterns that labels need are not."""

from __future__ import annotations

import multiprocessing
import re

import pytest

from doujia.server.projects.patterns import is_slow

# Pattern, and the text that makes Python's matcher work hard (published examples: OWASP ReDoS, Davis et al. 2018).
SLOW = {
    "(a+)+": "a" * 40 + "!",
    "(a*)*b": "a" * 40,
    "(a|aa)+": "a" * 60 + "!",
    "(a|a?)+": "a" * 40 + "!",
    "([a-zA-Z]+)*": "a" * 40 + "!",
    "(.*a){25}": "a" * 40 + "!",
    r"(\d+|\w)+x": "1" * 40 + "!",
    "(a?){40}a{40}": "a" * 39,
    r"\s*\s*\s*\s*\s*\s*x": " " * 400 + "!",
    "((ab)*)*c": "ab" * 30,
    r"(\w+\s?)*x": "a" * 40 + "!",
    "(a{1,90}){1,90}b": "a" * 60,
}
FINE = [
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]",
    r"1[3-9]\d{9}", r"\d{4}-\d{2}-\d{2}", r"[\u4e00-\u9fff]+", r"\d+(\.\d+)?", r"[A-Z]{2,3}-\d+", r"(left|right)(-turn)?",
    r"\w+@\w+\.\w+", r".*", r".+公司.*", r"(?:[A-Z][a-z]+ ){1,3}x", r"#[0-9A-Fa-f]{6}", r"(\d{1,3}\.){3}\d{1,3}",
    r"(?i)abc[0-9]*", r"([a-z]-)*z",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SLOW)
def test_slow_patterns_are_found(pattern: str) -> None:
    assert is_slow(pattern)


@pytest.mark.parametrize("pattern", FINE)
def test_patterns_that_labels_need_are_taken_and_come_back(pattern: str) -> None:
    assert not is_slow(pattern)
    compiled = re.compile(pattern)
    # A pattern that tries its ways over and over would not come back from these.
    answers = [
        compiled.fullmatch(text) is not None
        for text in (
            "a" * 2000 + "!",
            "1" * 2000 + "!",
            "京A" + "B" * 2000,
            "-" * 2000,
            "a-" * 1000,
            "公司" * 1000,
            "Aa " * 700,
        )
    ]
    assert any(answers) == (pattern in (r".*", r".+公司.*", r"[\u4e00-\u9fff]+"))


def _match(pattern: str, text: str) -> None:
    re.fullmatch(pattern, text)


@pytest.mark.parametrize("pattern", ["(a+)+", r"(\d+|\w)+x"])
def test_the_examples_are_really_slow(pattern: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_match, args=(pattern, SLOW[pattern]))
    process.start()
    process.join(3)
    assert process.is_alive()
    process.kill()
    process.join()
