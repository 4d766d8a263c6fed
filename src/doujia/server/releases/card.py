"""The data card: what is in a release, how it was made, by how many people, and what is not known."""

from __future__ import annotations

from typing import Any

from doujia.server.projects import queries as projects
from doujia.server.quality.queries import agreement
from doujia.server.releases.gathering import Gathered
from doujia.server.work.queries import wilson

__all__ = ["markdown", "numbers"]


def numbers(project: str, number: int, state: Gathered, checks: dict[str, int]) -> dict[str, Any]:
    """Return the card as data.

    Args:
        checks: how many answers of the project were passed, fixed and returned by reviewers.
    """
    setup = projects.setup(project)
    passed = wilson(checks["passed"], sum(checks.values()))
    return {
        "project": {"id": project, "name": setup.name, "medium": setup.medium},
        "release": number,
        "counts": {
            "items": state.items, "marks": state.marks, "items_without_marks": state.without_marks,
            "items_with_several_answers": state.several, "decided_by_arbiter": state.decided, "made_by_consensus": state.consensus, "fixed_by_reviewer": state.fixed,
            "items_no_longer_in_the_data": state.missing_items,
        },
        "classes": dict(sorted(state.classes.items(), key=lambda c: (-c[1], c[0]))),
        "class_names": {c.id: {"zh": c.names.get("zh") or c.name, "en": c.names.get("en") or c.name} for c in setup.schema.classes if c.id in state.classes},
        "kinds": dict(sorted(state.kinds.items(), key=lambda c: (-c[1], c[0]))),
        "made_between": [state.first_at or None, state.last_at or None],
        "guideline_versions": state.guidelines,
        "schema_versions": state.schemas,
        "answer_rule": "arbiter, else consensus, else corrected by a reviewer, else the earliest accepted",
        "checks": {
            **checks, "pass_rate": passed.value, "interval_95": [passed.low, passed.high], "of": passed.of,
            "settings": {"overlap": setup.settings.overlap, "review_share": setup.settings.review_share},
        },
        "agreement": _agreement(project),
        "labour": {
            "people": len(state.people), "active_hours": round(state.active_ms / 3_600_000, 2),
            "pay": None if setup.settings.price_fen is None else {"agreed_fen_per_item": setup.settings.price_fen},
        },
    }  # fmt: skip


def _agreement(project: str) -> dict[str, Any] | None:
    """Krippendorff's alpha of labels as it was last computed, None where no item has several answers."""
    found = agreement.latest(project)
    if found is None:
        return None
    return {
        "measure": "krippendorff_alpha_nominal", "value": found.value, "interval_95": [found.low, found.high],
        "raw_agreement": found.observed, "objects": found.objects, "items": found.tasks, "people": found.people,
        "computed_on": found.day.isoformat(),
    }  # fmt: skip


def markdown(card: dict[str, Any]) -> str:
    """Return the card for people to read, in both languages."""
    counts, checks, labour = card["counts"], card["checks"], card["labour"]
    rate = "–" if checks["pass_rate"] is None else (
        f"{checks['pass_rate']:.1%} (95 %: {checks['interval_95'][0]:.1%} – {checks['interval_95'][1]:.1%}, n = {checks['of']})"
    )  # fmt: skip
    pay = "–" if labour["pay"] is None else f"¥{labour['pay']['agreed_fen_per_item'] / 100:.2f}"
    lines = [
        f"# {_plain(card['project']['name'])} · {card['release']}", "",
        "| | |", "|---|---|",
        f"| 图片等 items | {counts['items']:,} |",
        f"| 标注 marks | {counts['marks']:,} |",
        f"| 没有标注的 items without marks | {counts['items_without_marks']:,} |",
        f"| 多人答案的 items with several answers | {counts['items_with_several_answers']:,} |",
        f"| 多人合成 made by consensus | {counts['made_by_consensus']:,} |",
        f"| 仲裁决定 decided by an arbiter | {counts['decided_by_arbiter']:,} |",
        f"| 检查时改过 fixed by a reviewer | {counts['fixed_by_reviewer']:,} |",
        f"| 检查通过率 pass rate of checks | {rate} |",
        f"| 一致性 agreement | {_alpha_text(card['agreement'])} |",
        f"| 指南版本 guideline versions | {', '.join(sorted(card['guideline_versions']))} |",
        "", "## 类别 Classes", "", "| | marks |", "|---|---:|",
        *(f"| {_plain(_class_title(name, card['class_names']))} | {n:,} |" for name, n in card["classes"].items()),
        "", "## 劳动 Labour", "",
        f"{labour['people']} 人标注,投入 {labour['active_hours']} 小时。约定每件 {pay}。",
        f"Labelled by {labour['people']} people in {labour['active_hours']} hours of active time. Agreed price per item: {pay}.",
        "", f"答案怎么选 Which answer counts: {card['answer_rule']}.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _class_title(class_id: str, names: dict[str, dict[str, str]]) -> str:
    """Return a class as people know it in both languages, and its id where that says something else."""
    found = [n for n in names.get(class_id, {}).values() if n]
    return (
        " ".join(dict.fromkeys([*found, *([] if class_id in found else [f"({class_id})"])]))
        if found
        else class_id
    )


def _alpha_text(found: dict[str, Any] | None) -> str:
    if found is None:
        return "没有测 not measured"
    low, high = found["interval_95"]
    interval = "" if low is None or high is None else f" (95 %: {low:.2f} – {high:.2f})"
    return f"α = {found['value']:.2f}{interval}, n = {found['objects']:,}"


def _plain(text: str) -> str:
    """Class and project names come from people: they stay text in Markdown and in the HTML made of it."""
    out = (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\n", " ")
        .replace("\r", " ")
    )
    for mark in "\\|*_`[]":
        out = out.replace(mark, f"\\{mark}")
    return out
