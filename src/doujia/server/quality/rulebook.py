"""A rule as data: what it looks at, when it acts, what it does, what it says. Read and checked before anything else.

The unit stands in every key. Counts are compared with "at least" only: a rule that says "exactly 7" is never true again
after the eighth. A share needs a count beside it. There is no action that bans or withholds pay, and none can be written.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from doujia.server.kernel.errors import Unprocessable

__all__ = ["DEFAULTS", "KEYS", "Act", "Collect", "Condition", "RuleDoc", "read"]

KEYS: dict[str, dict[str, str]] = {
    "gold": {"gold.graded_count": "count", "gold.passed_percent": "percent", "gold.cusum_sum": "sum"},
    "reviews": {
        "reviews.checked_count": "count", "reviews.right_percent": "percent", "reviews.upper_percent": "percent",
        "reviews.returned_count": "count", "reviews.same_error_count": "count",
    },
    "week": {
        "week.checked_count": "count", "week.right_percent": "percent", "week.upper_percent": "percent", "week.below_in_row_count": "count",
    },
}  # fmt: skip
"""Keys of each source with their unit. ``upper``: upper bound of the 98 % interval of the share of right answers."""
NEVER = ("ban", "withhold_pay", "fine", "reject_all", "lower_price")
LEAST_COUNT = 5


class Collect(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a rule looks at.

    Attributes:
        source: ``gold`` (known tasks), ``reviews`` (verdicts on first tries) or ``week`` (closed weeks).
        last_n: the newest so many since the rule last acted for this person.
        p_good_percent, p_bad_percent: of the cumulative sum.
    """

    source: Literal["gold", "reviews", "week"]
    last_n: int = 50
    p_good_percent: float = 92.0
    p_bad_percent: float = 65.0


class Condition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One condition; all of a rule must hold."""

    key: str
    op: Literal["gte", "gt", "lte", "lt"]
    value: float


class Act(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing a rule does.

    Attributes:
        do: ``raise_review`` (``share_percent`` for ``days``), ``add_overlap`` (one more answer to her last
            ``answers_count``), ``assign_practice`` (``items_count`` of ``pool``), ``notify_lead``, or ``propose_pause``
            (no new tasks of the project; takes effect only after a human has agreed).
    """

    do: Literal["raise_review", "add_overlap", "assign_practice", "notify_lead", "propose_pause"]
    share_percent: float = 100.0
    days: int = 7
    answers_count: int = 20
    pool: Literal["retry", "training"] = "retry"
    items_count: int = 20


class RuleDoc(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A rule. ``message_zh`` is what the person reads; without it a rule cannot go live."""

    name_zh: str
    name_en: str
    collect: Collect
    when: list[Condition]
    then: list[Act]
    message_zh: str = ""
    message_en: str = ""


def read(document: Any) -> RuleDoc:
    """Return a rule from its JSON value.

    Raises:
        Unprocessable: ``rule_never`` for what no rule may do; ``rule_invalid`` with ``fields`` that name each fault.
    """
    for act in document.get("then", []) if isinstance(document, dict) else []:
        if isinstance(act, dict) and act.get("do") in NEVER:
            raise Unprocessable(
                "rule_never",
                zh="规则不能封号,也不能扣钱。可以多查、补练、请组长来看。",
                en="No rule bans anybody or withholds pay. It may check more, assign practice, or ask a lead to look.",
            )
    try:
        rule = msgspec.convert(document, RuleDoc)
    except msgspec.ValidationError as error:
        raise Unprocessable(
            "rule_invalid", zh=f"规则写得不对:{error}。", en=f"The rule cannot be read: {error}."
        ) from error
    faults = [*_names(rule), *_collect(rule.collect), *_conditions(rule), *_acts(rule)]
    if faults:
        fields = [{"field": f, "code": "invalid", "zh": zh, "en": en} for f, zh, en in faults]
        raise Unprocessable(
            "rule_invalid", zh="规则有几处不对。", en="The rule has some faults.", fields=fields
        )
    return rule


Fault = tuple[str, str, str]


def _names(rule: RuleDoc) -> list[Fault]:
    out: list[Fault] = []
    if not 0 < len(rule.name_zh) <= 60 or not 0 < len(rule.name_en) <= 60:
        out.append(
            ("name_zh", "要有中文名和英文名(60 字以内)。", "Needs a name in both languages, 60 characters.")
        )
    if len(rule.message_zh) > 500 or len(rule.message_en) > 500:
        out.append(("message_zh", "给人看的话最多 500 字。", "A message has at most 500 characters."))
    return out


def _collect(collect: Collect) -> list[Fault]:
    out: list[Fault] = []
    if not 1 <= collect.last_n <= 500:
        out.append(("collect.last_n", "看最近 1 到 500 个。", "Look at the last 1 to 500."))
    if not 0 < collect.p_bad_percent < collect.p_good_percent < 100:
        out.append(
            ("collect.p_good_percent", "要有 0 < 差 < 好 < 100(百分比)。", "Need 0 < bad < good < 100, in percent.")
        )  # fmt: skip
    return out


def _conditions(rule: RuleDoc) -> list[Fault]:
    known = KEYS[rule.collect.source]
    out: list[Fault] = []
    if not 1 <= len(rule.when) <= 6:
        out.append(("when", "要有 1 到 6 个条件。", "Needs 1 to 6 conditions."))
    for i, one in enumerate(rule.when):
        unit = known.get(one.key)
        if unit is None:
            out.append((f"when.{i}.key", f"这里没有 {one.key}。", f"{one.key} is not known here."))
        elif unit != "percent" and one.op != "gte":
            out.append((f"when.{i}.op", "个数只能写“至少”。", "Counts are compared with gte only."))
        elif unit == "percent" and not (one.value == 0 or 1 < one.value <= 100):
            out.append(
                (
                    f"when.{i}.value",
                    "单位是百分比:八成写 80,不写 0.8。",
                    "The unit is percent: write 80, not 0.8.",
                )
            )
        elif unit == "count" and (one.value < 1 or one.value != int(one.value)):
            out.append((f"when.{i}.value", "个数是 1 以上的整数。", "A count is a whole number from 1."))
        elif unit == "count" and one.value > rule.collect.last_n and rule.collect.source != "week":
            out.append(
                (f"when.{i}.value", "比窗口还大,永远不会成立。", "Larger than the window: it can never hold.")
            )
    shares = any(known.get(c.key) == "percent" for c in rule.when)
    enough = any(c.key.endswith(("checked_count", "graded_count")) and c.value >= LEAST_COUNT for c in rule.when)  # fmt: skip
    if shares and not enough:
        out.append(
            ("when", f"有比例就要写至少看过几个({LEAST_COUNT} 以上)。", f"A share needs a count beside it, {LEAST_COUNT} at least.")
        )  # fmt: skip
    return out


def _acts(rule: RuleDoc) -> list[Fault]:
    out: list[Fault] = []
    if not 1 <= len(rule.then) <= 5 or len({a.do for a in rule.then}) != len(rule.then):
        out.append(("then", "要有 1 到 5 个动作,每种一个。", "Needs 1 to 5 actions, one of each kind."))
    for i, act in enumerate(rule.then):
        if not 1 < act.share_percent <= 100:
            out.append((f"then.{i}.share_percent", "抽查比例写 2 到 100。", "A share of review is 2 to 100."))
        if not 1 <= act.days <= 60:
            out.append((f"then.{i}.days", "1 到 60 天。", "1 to 60 days."))
        if not 1 <= act.answers_count <= 200:
            out.append((f"then.{i}.answers_count", "1 到 200 张。", "1 to 200 answers."))
        if not 1 <= act.items_count <= 60:
            out.append((f"then.{i}.items_count", "补练 1 到 60 题。", "1 to 60 items of practice."))
    return out


DEFAULTS: list[dict[str, Any]] = [
    {
        "name_zh": "考核题走低,先练再做", "name_en": "Known tasks go down: practise first",
        "collect": {"source": "gold", "last_n": 50, "p_good_percent": 92, "p_bad_percent": 65},
        "when": [{"key": "gold.cusum_sum", "op": "gte", "value": 4.5}],
        "then": [{"do": "assign_practice", "pool": "retry", "items_count": 20}, {"do": "raise_review", "share_percent": 100, "days": 7}],
        "message_zh": "最近几道题和标准答案差得有点多。先练 20 题,边练边告诉你差在哪;这一周多看看你的活,帮你找回手感。",
        "message_en": "Your last answers differ from what is right more than usual. Practise 20 tasks with hints; more of your work is looked at this week.",
    },
    {
        "name_zh": "检查走低,多查一些", "name_en": "Checks go down: look at more",
        "collect": {"source": "reviews", "last_n": 30},
        "when": [{"key": "reviews.checked_count", "op": "gte", "value": 15}, {"key": "reviews.upper_percent", "op": "lt", "value": 90}],
        "then": [{"do": "raise_review", "share_percent": 100, "days": 7}, {"do": "notify_lead"}],
        "message_zh": "最近查过的里面,需要改的多了。这一周每张都看看,早点发现问题,少返工。",
        "message_en": "More of what was checked lately had to be changed. This week everything is looked at, so that less comes back later.",
    },
    {
        "name_zh": "同一种错三次,练一练", "name_en": "The same error three times: practise it",
        "collect": {"source": "reviews", "last_n": 20},
        "when": [{"key": "reviews.same_error_count", "op": "gte", "value": 3}],
        "then": [{"do": "assign_practice", "pool": "retry", "items_count": 10}],
        "message_zh": "有一种错最近出现了三次。练 10 道相关的题,就不会再错了。",
        "message_en": "One kind of error came up three times lately. Ten tasks of practice will settle it.",
    },
    {
        "name_zh": "一周低于合格线,请组长一起看", "name_en": "A week below the line: look at it with the lead",
        "collect": {"source": "week", "last_n": 8},
        "when": [{"key": "week.below_in_row_count", "op": "gte", "value": 2}],
        "then": [{"do": "notify_lead"}, {"do": "propose_pause"}],
        "message_zh": "连着两周低于合格线。组长会找你一起看,可能先停一下这个项目,练好再来。做过的活照常结算。",
        "message_en": "Two weeks in a row were below the line. Your lead will look at it with you; you may pause this project and practise first. Work already done is paid as ever.",
    },
]  # fmt: skip
"""Rules every project begins with. The last one only proposes: nothing happens before a human agrees."""
