"""Rankings of any number of answers, with TRL's names: ``{"prompt", "completions", "ranks"}``.

``ranks`` has one number a completion, 1 the best; equal numbers are a tie, null is an answer that was not ranked. A row is
one judgement. Rows that follow each other with the same id, prompt and completions are the judgements of several people on
one item. ``ids`` names the answers where they are not called 1, 2, 3 …. Pairs for training are made from it by ``dpo-jsonl``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doujia.errors import InputError, Problem
from doujia.formats.chat_jsonl import json_rows
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.conversations import bad_row, id_field, id_of, messages_of, side
from doujia.formats.files import dump_json, finite, head
from doujia.formats.losses import Holds
from doujia.formats.output import Export
from doujia.formats.streamed import StreamedDataset
from doujia.marks import Candidate, ConversationMedia, Item, ItemMarks, Mark, Ranking, Schema

__all__ = ["FORMATS", "HOLDS", "read", "write"]

SPACE = "preference"
HOLDS = Holds(
    ids=True, ext=frozenset({SPACE}), size=True, schema=frozenset({"classes", "attributes", "relations"})
)

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a JSONL file of rankings; a line that is none is a problem of its own."""

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        waiting: ItemMarks | None = None
        before: tuple[Any, ...] = ()
        for number, row in json_rows(path, problems):
            try:
                bundle = _item(row, number)
            except InputError as error:
                zh, en = error.message.zh, error.message.en
                problems.add(Problem(error.code, "error", zh, en, file=str(path), line=number))
                continue
            same = (row.get("id"), row["prompt"], row["completions"], row.get("ids"))
            if waiting is not None and "id" in row and same == before:
                waiting.marks += [_numbered(m, len(waiting.marks) + 1) for m in bundle.marks]
                continue
            if waiting is not None:
                yield waiting
            waiting, before = bundle, same
        if waiting is not None:
            yield waiting

    return StreamedDataset(stream, schema=Schema())


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one row a judgement; a dialogue without answers or without a ranking is not written."""
    with Export("ranking-jsonl", dataset, destination, options, HOLDS) as out:
        sink = out.file("rankings.jsonl")
        number = 0
        for bundle in out.items():
            media = bundle.item.media
            if not isinstance(media, ConversationMedia):
                out.not_this_medium(bundle)
                continue
            rows = [r for m in bundle.marks if (r := _row(out, bundle, media, m)) is not None]
            if not rows:
                out.not_this_medium(bundle)
                continue
            item, where = bundle.item, bundle.item.name or bundle.item.id
            if item.name not in ("", item.id):
                out.report.add("name_changed", example=where)
            edited = sum(c.parent is not None or bool(c.extra) for c in media.candidates)
            if edited:
                out.report.add("ext_dropped", count=edited, source="candidate", example=where)
            own = {k: v for k, v in item.ext.get(SPACE, {}).items() if k != "plain"}
            named = id_field(item, number + 1) if len(rows) == 1 else {"id": item.id}
            for row in rows:
                number += 1
                sink.write(dump_json(named | row | own) + b"\n")
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the keys of the first line."""
    first = head(path).lstrip().split("\n", 1)[0]
    return 0.9 if first.startswith("{") and '"completions"' in first and '"ranks"' in first else 0.0


def _row(out: Export, bundle: ItemMarks, media: ConversationMedia, mark: Mark) -> Json | None:
    ids = [c.id for c in media.candidates]
    ranks: dict[str, int] = {}
    if isinstance(mark.geometry, Ranking):
        place = 1
        for tie in mark.geometry.order:
            ranks |= dict.fromkeys(tie, place)
            place += len(tie)
    if not ranks or not set(ranks) <= set(ids):
        out.dropped(bundle, mark)
        return None
    if not all(c.messages for c in media.candidates):
        out.dropped(bundle, mark, "marks_dropped")  # an answer without a message cannot be written
        return None
    expected = str(sum(isinstance(m.geometry, Ranking) for m in bundle.marks[: bundle.marks.index(mark)]) + 1)
    out.kept(bundle, mark, same_id=mark.id == expected)
    if any(len(c.messages) != 1 or c.messages[0].role != "assistant" for c in media.candidates):
        plain: object = None
    else:
        plain = bundle.item.ext.get(SPACE, {}).get("plain")
    row: Json = {
        "prompt": side(media.messages, plain),
        "completions": [side(c.messages, plain) for c in media.candidates],
        "ranks": [ranks.get(i) for i in ids],
    }
    if ids != [str(n) for n in range(1, len(ids) + 1)]:
        row["ids"] = ids
    return row


def _item(row: Json, number: int) -> ItemMarks:
    rest = dict(row)
    prompt, completions, ranks = (rest.pop(k, None) for k in ("prompt", "completions", "ranks"))
    names = rest.pop("ids", None)
    if not isinstance(completions, list) or not isinstance(ranks, list) or len(completions) != len(ranks):
        raise bad_row(
            "completions and ranks are no lists of the same length.",
            "completions 和 ranks 不是一样长的列表。",
        )
    if not all(r is None or (finite(r) and float(r).is_integer()) for r in ranks) or set(ranks) == {None}:
        raise bad_row("ranks holds something that is no whole number.", "ranks 里有的不是整数。")
    if names is None:
        names = [str(n) for n in range(1, len(completions) + 1)]
    if not isinstance(names, list) or len({str(n) for n in names}) != len(completions):
        raise bad_row("ids does not name each answer.", "ids 和答案对不上。")
    if isinstance(prompt, str) and all(isinstance(c, str) for c in completions):
        rest["plain"] = True
    candidates = [
        Candidate(id=str(name), messages=messages_of(answer, f"{name}-", "assistant"))
        for name, answer in zip(names, completions, strict=True)
    ]
    order: dict[int, list[str]] = {}
    for name, rank in zip(names, ranks, strict=True):
        if rank is not None:
            order.setdefault(int(rank), []).append(str(name))
    item_id, ext = id_of(rest, number)
    if rest:
        ext[SPACE] = rest
    media = ConversationMedia(messages=messages_of(prompt, "p"), candidates=candidates)
    mark = Mark(id="1", geometry=Ranking([order[k] for k in sorted(order)]))
    return ItemMarks(Item(id=item_id, name=item_id, media=media, ext=ext), [mark])


def _numbered(mark: Mark, number: int) -> Mark:
    mark.id = str(number)
    return mark


FORMATS = (
    Format("ranking-jsonl", ("排序 JSONL", "Rankings JSONL"), (".jsonl",), sniff, read, write, frozenset({"ranking"})),
)  # fmt: skip
