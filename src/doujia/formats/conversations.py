"""The message shapes of chat data: OpenAI and TRL messages, ShareGPT turns, Alpaca rows, Anthropic's HH text."""

from __future__ import annotations

import re
from typing import Any

from doujia.errors import InputError
from doujia.formats.output import Export
from doujia.marks import Candidate, Item, ItemMarks, Message

__all__ = [
    "SHAREGPT_ROLES",
    "answers",
    "bad_row",
    "common_prefix",
    "count_candidates",
    "hh_messages",
    "id_field",
    "id_of",
    "message_of",
    "messages_of",
    "row_of",
    "side",
    "turns_of",
]

Json = dict[str, Any]

SHAREGPT_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
    "observation": "tool",
    "tool": "tool",
    "function_call": "assistant",
}
_SHAREGPT_NAMES = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}
_HH = re.compile(r"\n\n(Human|Assistant):")


def bad_row(en: str, zh: str, code: str = "row_malformed") -> InputError:
    """Return the error for a row that cannot be used."""
    return InputError(en, zh=zh, code=code)


def message_of(raw: object, message_id: str) -> Message:
    """Read one message; text parts are joined as its content, everything else is kept in ``extra``."""
    if not isinstance(raw, dict) or not isinstance(raw.get("role"), str):
        raise bad_row("A message has no role.", "有一条消息没有 role。")
    content, extra = raw.get("content"), {k: v for k, v in raw.items() if k not in ("role", "content")}
    if isinstance(content, list):
        extra["parts"] = content
        content = "".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
    elif content is None:
        if "content" in raw:
            extra["parts"] = None
        content = ""
    elif not isinstance(content, str):
        raise bad_row("The content of a message is no text.", "有一条消息的内容不是文字。")
    return Message(id=message_id, role=raw["role"], content=content, extra=extra)


def messages_of(raw: object, prefix: str = "m", role: str = "user") -> list[Message]:
    """Read a list of messages, a single message, or plain text (a message of ``role``)."""
    if isinstance(raw, str):
        return [Message(id=f"{prefix}1", role=role, content=raw)]
    if isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list) or not raw:
        raise bad_row("There is no list of messages.", "没有消息列表。")
    if all(isinstance(m, dict) and "from" in m for m in raw):
        return turns_of(raw, prefix)
    return [message_of(m, f"{prefix}{i}") for i, m in enumerate(raw, 1)]


def turns_of(raw: object, prefix: str = "m") -> list[Message]:
    """Read ShareGPT turns ``{"from", "value"}``."""
    if not isinstance(raw, list):
        raise bad_row("There is no list of turns.", "没有对话列表。")
    found = []
    for i, turn in enumerate(raw, 1):
        who = turn.get("from") if isinstance(turn, dict) else None
        if who not in SHAREGPT_ROLES or not isinstance(turn.get("value"), str):
            raise bad_row(f"The turn {i} is broken: {who!r}.", f"第 {i} 句写坏了:{who!r}。")
        extra = {k: v for k, v in turn.items() if k not in ("from", "value")}
        if who == "function_call":
            extra["from"] = who
        found.append(Message(id=f"{prefix}{i}", role=SHAREGPT_ROLES[who], content=turn["value"], extra=extra))
    return found


def row_of(message: Message, layout: str = "messages") -> Json:
    """Write one message as it came."""
    extra = dict(message.extra)
    if layout == "sharegpt":
        name = extra.pop("from", _SHAREGPT_NAMES.get(message.role, message.role))
        return {"from": name, "value": message.content, **extra}
    content: Any = extra.pop("parts") if "parts" in extra else message.content
    if content == "" and "tool_calls" in extra:
        return {"role": message.role, **extra}
    return {"role": message.role, "content": content, **extra}


def hh_messages(text: str, prefix: str = "m") -> list[Message]:
    r"""Read Anthropic's ``\n\nHuman: …\n\nAssistant: …``."""
    pieces = _HH.split(text)
    if len(pieces) < 3 or pieces[0].strip():
        raise bad_row("The text is not in turns of Human and Assistant.", "文字不是 Human/Assistant 对话。")
    return [
        Message(
            id=f"{prefix}{i // 2 + 1}",
            role="user" if pieces[i] == "Human" else "assistant",
            content=pieces[i + 1].removeprefix(" "),
        )
        for i in range(1, len(pieces), 2)
    ]


def common_prefix(first: list[Message], second: list[Message]) -> int:
    """Return how many messages two dialogues share, never all of either: the answer itself is not shared."""
    n = 0
    for a, b in zip(first, second, strict=False):
        if (a.role, a.content, a.extra) != (b.role, b.content, b.extra):
            break
        n += 1
    return min(n, len(first) - 1, len(second) - 1)


def id_of(rest: Json, number: int) -> tuple[str, Json]:
    """Return the id of a row taken out of its keys (the number of its line without one), and what to keep of it."""
    if isinstance(rest.get("id"), str | int) and not isinstance(rest["id"], bool):
        given = rest.pop("id")
        return str(given), {"given": {"id": given}}
    return str(number), {}


def id_field(item: Item, number: int) -> Json:
    """Return the key that brings the id back from line ``number``; none where counting the lines does."""
    given = item.ext.get("given", {}).get("id")
    if given is not None and str(given) == item.id:
        return {"id": given}
    return {} if item.id == str(number) else {"id": item.id}


def side(messages: list[Message], plain: object) -> Any:
    """Return one side of a row: text where the file had text and there is one message, else a list of messages."""
    if plain and len(messages) == 1:
        return messages[0].content
    return [row_of(m) for m in messages]


def answers(messages: list[Message]) -> bool:
    """Whether there is an answer at all and none of its messages is empty."""
    return bool(messages) and all(m.content or m.extra for m in messages) and messages[-1].role == "assistant"


def count_candidates(out: Export, bundle: ItemMarks, written: list[tuple[str, Candidate]]) -> None:
    """Count what rows cannot say of the candidates in them: their ids, what they were edited from, further keys.

    Args:
        out: the writer's frame.
        bundle: the item.
        written: (the id that a reader will give it, the candidate), once for each time it stands in a row.
    """
    where = bundle.item.name or bundle.item.id
    renamed = {c.id for name, c in written if c.id != name}
    if renamed:
        out.report.add("id_renumbered", count=len(renamed), source="candidate", example=where)
    more = {c.id for _, c in written if c.parent is not None or c.extra}
    if more:
        out.report.add("ext_dropped", count=len(more), source="candidate", example=where)
