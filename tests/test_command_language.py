"""The command line speaks Chinese or English, whichever the person at the terminal does."""

from __future__ import annotations

import re

import pytest

from doujia.cli import main

COMMANDS = [
    "formats", "convert", "inspect", "diff", "aggregate", "agreement", "workers", "plan", "evaluate", "up", "worker", "backup",
    "restore", "audit", "admin", "demo", "remote",
]  # fmt: skip


def told(capsys, *argv: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(argv))
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_every_command_is_listed_here(capsys, monkeypatch):
    monkeypatch.setenv("DOUJIA_LANG", "en")
    listed = re.findall(r"^    ([a-z-]+)", told(capsys, "--help"), re.M)
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize(
    "command", [[], *([c] for c in COMMANDS), ["remote", "push"], ["remote", "create-project"]]
)
def test_help_in_chinese_holds_no_english_sentence(capsys, monkeypatch, command):
    monkeypatch.setenv("DOUJIA_LANG", "zh")
    page = told(capsys, *command, "--help")
    # What is typed (options, values in braces) stays as it is; three words of prose in a row would be a sentence.
    assert page.startswith("用法:") and "显示这段说明" in page
    prose = page.split("\n\n", 1)[1]
    assert re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", prose) == []


@pytest.mark.parametrize("command", [[], ["convert"], ["remote"], ["up"]])
def test_help_in_english_holds_no_chinese(capsys, monkeypatch, command):
    monkeypatch.setenv("DOUJIA_LANG", "en_US.UTF-8")
    page = told(capsys, *command, "--help")
    assert page.startswith("usage: doujia") and "show this help message" in page
    assert re.findall(r"[\u4e00-\u9fff]", page.replace("豆荚", "")) == []
