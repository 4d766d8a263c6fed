"""Chat JSONL for supervised fine-tuning: one dialogue a line.

Read: ``{"messages": […]}`` (OpenAI, TRL; with ``tools``, ``images`` and any further keys), ``{"prompt", "completion"}``,
ShareGPT ``{"conversations": […]}`` and Alpaca ``{"instruction", "input", "output", "system", "history"}``.
Written: ``messages``, or by the option ``layout`` also ``sharegpt`` and ``prompt-completion``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doujia.errors import InputError, Problem
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.conversations import (
    bad_row,
    count_candidates,
    id_field,
    id_of,
    messages_of,
    row_of,
    turns_of,
)
from doujia.formats.files import dump_json, head, lines, parse_json
from doujia.formats.losses import Holds
from doujia.formats.output import Export
from doujia.formats.streamed import StreamedDataset
from doujia.marks import ConversationMedia, Item, ItemMarks, Message, Ranking, Schema

__all__ = ["FORMATS", "HOLDS", "json_rows", "read", "write"]

SPACE = "chat"
HOLDS = Holds(
    ids=True, ext=frozenset({SPACE}), size=True, schema=frozenset({"classes", "attributes", "relations"})
)
LAYOUTS = ("messages", "sharegpt", "prompt-completion")

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a JSONL file; a line that is no dialogue is a problem of its own."""
    return StreamedDataset(lambda problems: _items(path, problems), schema=Schema())


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one dialogue a line. Where answers were ranked, the one that alone is best ends the dialogue.

    A dialogue that does not end with an answer of the assistant, or has an empty answer, is not written.
    """
    layout = choice(options.extra, "layout", *LAYOUTS)
    with Export("chat-jsonl", dataset, destination, options, HOLDS) as out:
        sink = out.file("chat.jsonl")
        for bundle in out.items():
            media = bundle.item.media
            if not isinstance(media, ConversationMedia):
                out.not_this_medium(bundle)
                continue
            messages = [*media.messages, *_best(out, bundle)]
            last = messages[-1] if messages else None
            if last is None or last.role != "assistant" or not (last.content or last.extra):
                out.not_this_medium(bundle)
                continue
            item, own = bundle.item, bundle.item.ext.get(SPACE, {})
            row = _row(messages, layout) | {k: v for k, v in own.items() if k not in ("layout", "plain")}
            row = id_field(item, out.report.items) | row
            if item.name not in ("", item.id):
                out.report.add("name_changed", example=item.name)
            sink.write(dump_json(row) + b"\n")
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the keys of the first line."""
    first = head(path).lstrip().split("\n", 1)[0]
    if not first.startswith("{"):
        return 0.0
    if '"chosen"' in first or '"rejected"' in first or '"preferred_output"' in first or '"label"' in first:
        return 0.0
    if '"messages"' in first and '"role"' in first:
        return 0.9
    if '"conversations"' in first and '"from"' in first:
        return 0.85
    return (
        0.7 if '"instruction"' in first and '"output"' in first else 0.5 if '"completion"' in first else 0.0
    )


def json_rows(path: Path, problems: Problems) -> Iterator[tuple[int, Json]]:
    """Yield ``(line, object)`` of a JSONL file; lines that are no JSON object are problems."""
    for number, text in lines(path):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            row = None
        if "NaN" in text or "Infinity" in text:
            row = parse_json(text, path, line=number)
        if isinstance(row, dict):
            yield number, row
        else:
            zh, en = "这一行不是 JSON 对象", "This line is no JSON object"
            problems.add(Problem("line_malformed", "error", zh, en, file=str(path), line=number))


def _items(path: Path, problems: Problems) -> Iterator[ItemMarks]:
    for number, row in json_rows(path, problems):
        try:
            yield _item(row, number)
        except InputError as error:
            problems.add(
                Problem(error.code, "error", error.message.zh, error.message.en, file=str(path), line=number)
            )


def _item(row: Json, number: int) -> ItemMarks:
    rest = dict(row)
    if "messages" in rest:
        messages = messages_of(rest.pop("messages"))
    elif "conversations" in rest:
        messages = turns_of(rest.pop("conversations"))
        if isinstance(rest.get("system"), str):
            messages.insert(0, Message(id="system", role="system", content=rest.pop("system")))
    elif "prompt" in rest and "completion" in rest:
        messages = messages_of(rest.pop("prompt"))
        messages += messages_of(rest.pop("completion"), "c", "assistant")
    elif "instruction" in rest and "output" in rest:
        messages = _alpaca(rest)
    else:
        raise bad_row("There are no messages.", "没有 messages。")
    item_id, ext = id_of(rest, number)
    if rest:
        ext[SPACE] = rest
    return ItemMarks(Item(id=item_id, name=item_id, media=ConversationMedia(messages=messages), ext=ext))


def _alpaca(rest: Json) -> list[Message]:
    pairs: list[tuple[str, object]] = []
    if rest.get("system"):
        pairs.append(("system", rest["system"]))
    for turn in rest.get("history") or []:
        if not isinstance(turn, list) or len(turn) != 2:
            raise bad_row("A turn of history is no pair.", "history 里有一轮不是一问一答。")
        pairs += [("user", turn[0]), ("assistant", turn[1])]
    question = "\n".join(str(rest[k]) for k in ("instruction", "input") if rest.get(k))
    pairs += [("user", question), ("assistant", rest["output"])]
    for key in ("system", "history", "instruction", "input", "output"):
        rest.pop(key, None)
    if not all(isinstance(content, str) for _, content in pairs):
        raise bad_row("A text is missing.", "缺少文字。")
    return [
        Message(id=f"m{i}", role=role, content=str(content)) for i, (role, content) in enumerate(pairs, 1)
    ]


def _best(out: Export, bundle: ItemMarks) -> list[Message]:
    """The messages of the best candidate; every mark is counted, as none of them is written."""
    media = bundle.item.media
    assert isinstance(media, ConversationMedia)
    best: list[str] = []
    for mark in bundle.marks:
        if isinstance(mark.geometry, Ranking) and mark.geometry.order:
            best = mark.geometry.order[0]
        out.dropped(bundle, mark)
    chosen = next((c for c in media.candidates if [c.id] == best), None)
    if chosen is None and len(media.candidates) == 1:
        chosen = media.candidates[0]
    others = len(media.candidates) - (chosen is not None)
    if others:
        out.report.add("candidates_dropped", count=others, example=bundle.item.name or bundle.item.id)
    if chosen is None:
        return []
    count_candidates(out, bundle, [(chosen.id, chosen)])
    return chosen.messages


def _row(messages: list[Message], layout: str) -> Json:
    if layout == "sharegpt":
        return {"conversations": [row_of(m, "sharegpt") for m in messages]}
    rows = [row_of(m) for m in messages]
    return (
        {"prompt": rows[:-1], "completion": rows[-1:]}
        if layout == "prompt-completion"
        else {"messages": rows}
    )


FORMATS = (
    Format(
        "chat-jsonl",
        ("对话 JSONL(SFT)", "Chat JSONL (SFT)"),
        (".jsonl",),
        sniff,
        read,
        write,
        frozenset(),
        options=("layout",),
    ),
)
