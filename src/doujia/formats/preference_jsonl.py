"""Preference data with TRL's names: pairs (DPO, reward models), single answers (KTO) and steps (PRM).

A row is one dialogue with candidate answers. A pair is a ``Ranking`` of ``chosen`` above ``rejected``; a single answer is
a ``Rating`` 0 or 1 at the candidate; steps are ratings at the candidate's messages. Also read: implicit prompts, OpenAI's
``input/preferred_output/non_preferred_output``, ShareGPT with ``chosen``/``rejected``, Anthropic's HH text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from doujia.errors import InputError, Problem
from doujia.formats.chat_jsonl import json_rows
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.conversations import (
    answers,
    bad_row,
    common_prefix,
    count_candidates,
    hh_messages,
    id_field,
    id_of,
    messages_of,
    row_of,
    side,
)
from doujia.formats.files import dump_json, finite, head
from doujia.formats.losses import Holds
from doujia.formats.output import Export, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import (
    At,
    Candidate,
    ConversationMedia,
    Item,
    ItemMarks,
    Mark,
    Message,
    Ranking,
    Rating,
    Schema,
)

__all__ = ["FORMATS", "HOLDS", "MAX_PAIRS", "read"]

SPACE = "preference"
HOLDS = Holds(
    at=True, ext=frozenset({SPACE}), size=True, schema=frozenset({"classes", "attributes", "relations"})
)
MAX_PAIRS = 6
"""At most so many pairs of one prompt, so that long rankings do not outweigh the rest (option ``max_pairs``)."""

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a JSONL file of any of the layouts, or a folder that we wrote; a line that fits none is a problem of its own."""
    path = _rows_file(path)

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for number, row in json_rows(path, problems):
            try:
                yield _item(row, number)
            except InputError as error:
                zh, en = error.message.zh, error.message.en
                problems.add(Problem(error.code, "error", zh, en, file=str(path), line=number))

    return StreamedDataset(stream, schema=Schema())


def write_pairs(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write DPO pairs; options ``layout`` = explicit, implicit, openai and ``max_pairs``."""
    layout = choice(options.extra, "layout", "explicit", "implicit", "openai")
    limit = options.extra.get("max_pairs", str(MAX_PAIRS))
    if not limit.isdigit() or int(limit) < 1:
        raise InputError(
            f"max_pairs is {limit!r}.", zh=f"max_pairs 是 {limit!r},应是正整数。", code="option_bad"
        )

    def rows(out: Export, bundle: ItemMarks, media: ConversationMedia) -> Iterator[Made]:
        for better, worse in _pairs(out, bundle, media, int(limit)):
            a, b = better.messages, worse.messages
            if not answers(a) or not answers(b) or [_plain(m) for m in a] == [_plain(m) for m in b]:
                out.report.add("marks_dropped", source="pair", example=bundle.item.name)
                continue
            row = _pair_row(bundle, media.messages, a, b, layout)
            yield row, {"chosen": better, "rejected": worse}

    return _write("dpo-jsonl", dataset, destination, options, rows)


def write_labelled(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write KTO rows: one for each rated candidate; above the middle of the scale is true, the middle is a tie."""

    def rows(out: Export, bundle: ItemMarks, media: ConversationMedia) -> Iterator[Made]:
        candidates = {c.id: c for c in media.candidates}
        for mark in bundle.marks:
            found = candidates.get(mark.at.message or "") if mark.at is not None else None
            if not isinstance(mark.geometry, Rating) or found is None:
                out.dropped(bundle, mark)
                continue
            if not answers(found.messages):
                out.dropped(bundle, mark, "marks_dropped")
                continue
            verdict = _verdict(out, bundle, mark, "1")
            if verdict is None:
                continue
            plain = bundle.item.ext.get(SPACE, {}).get("plain")
            yield (
                {
                    "prompt": side(media.messages, plain),
                    "completion": side(found.messages, plain),
                    "label": verdict,
                },
                {"completion": found},
            )

    return _write("kto-jsonl", dataset, destination, options, rows)


def write_steps(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write PRM rows: the steps of each candidate up to and with the first wrong one (option ``all_steps=yes`` for all)."""
    whole = choice(options.extra, "all_steps", "no", "yes") == "yes"

    def rows(out: Export, bundle: ItemMarks, media: ConversationMedia) -> Iterator[Made]:
        places = {m.id: n for c in media.candidates for n, m in enumerate(c.messages, 1)}
        verdicts: dict[str, bool] = {}
        for mark in bundle.marks:
            at = mark.at.message if mark.at is not None else None
            if not isinstance(mark.geometry, Rating) or at not in places:
                out.dropped(bundle, mark)
            elif (verdict := _verdict(out, bundle, mark, str(places[at]))) is not None:
                verdicts[at] = verdict
        if any(m.role != "user" or m.extra for m in media.messages) or len(media.messages) > 1:
            out.report.add("text_dropped", source="roles of the prompt", example=bundle.item.name)
        prompt = "\n".join(m.content for m in media.messages)
        for candidate in media.candidates:
            labels: list[bool] = []
            for message in candidate.messages:
                if message.id not in verdicts or (labels and not labels[-1] and not whole):
                    break
                labels.append(verdicts[message.id])
            if not labels:
                continue
            rest = candidate.messages[len(labels) :]
            for code, source, count in (
                ("marks_dropped", "step after an error", sum(m.id in verdicts for m in rest)),
                ("text_dropped", "step without a label", sum(m.id not in verdicts for m in rest)),
            ):
                if count:
                    out.report.add(code, count=count, source=source, example=bundle.item.name)
            texts = [m.content for m in candidate.messages[: len(labels)]]
            yield {"prompt": prompt, "completions": texts, "labels": labels}, {"solution": candidate}

    return _write("prm-jsonl", dataset, destination, options, rows)


Made = tuple[Json, dict[str, Candidate]]
"""A row, and the candidates in it under the ids that a reader will give them."""


def _write(
    name: str,
    dataset: Dataset,
    destination: Path,
    options: WriteOptions,
    rows: Callable[[Export, ItemMarks, ConversationMedia], Iterator[Made]],
) -> LossReport:
    """Write the rows; a folder also gets ``rows.jsonl`` (row → item, candidates) and the raw ``judgments.jsonl``."""
    with Export(name, dataset, destination, options, HOLDS) as out:
        if destination.suffix.lower() in (".jsonl", ".json"):
            _fill(out, rows, out.file("preferences.jsonl"), None, None)
            out.report.notes.append(
                "写到文件夹还会有 rows.jsonl 和 judgments.jsonl。 · "
                "Name a folder to get rows.jsonl and judgments.jsonl beside the rows."
            )
        else:
            folder = out.folder()
            with (
                out.file_in(folder, "preferences.jsonl") as sink,
                out.file_in(folder, "rows.jsonl") as sources,
                out.file_in(folder, "judgments.jsonl") as judgments,
            ):
                _fill(out, rows, sink, sources, judgments)
    return out.report


def _fill(
    out: Export,
    rows: Callable[[Export, ItemMarks, ConversationMedia], Iterator[Made]],
    sink: BinaryIO,
    sources: BinaryIO | None,
    judgments: BinaryIO | None,
) -> None:
    number = 0
    for bundle in out.items():
        item, media = bundle.item, bundle.item.media
        if not isinstance(media, ConversationMedia):
            out.not_this_medium(bundle)
            continue
        made = list(rows(out, bundle, media))
        own = {k: v for k, v in item.ext.get(SPACE, {}).items() if k not in ("plain", "layout")}
        for row, candidates in made:
            number += 1
            if len(made) == 1:
                row = id_field(item, number) | row
            sink.write(_line(row | own))
            if sources is not None:
                ids = [c.id for c in candidates.values()]
                sources.write(_line({"row": number, "item": item.id, "candidates": ids}))
        if made:
            _count_lost(out, bundle, media, [c for _, c in made])
        else:
            out.not_this_medium(bundle)
        if judgments is not None:
            for mark in bundle.marks:
                judgments.write(_line({"item": item.id, "judgment": msgspec.to_builtins(mark)}))


def _count_lost(
    out: Export, bundle: ItemMarks, media: ConversationMedia, written: list[dict[str, Candidate]]
) -> None:
    """Count what rows do not say of an item and its candidates."""
    item = bundle.item
    if len(written) > 1 or item.name not in ("", item.id):
        out.report.add("name_changed", example=item.name or item.id)
    judged = {
        c for m in bundle.marks if isinstance(m.geometry, Ranking) for tie in m.geometry.order for c in tie
    }
    judged |= {m.at.message for m in bundle.marks if m.at is not None and m.at.message is not None}
    unjudged = [c for c in media.candidates if not judged & {c.id, *(m.id for m in c.messages)}]
    if unjudged:
        out.report.add("candidates_dropped", count=len(unjudged), example=item.name or item.id)
    count_candidates(out, bundle, [(name, c) for row in written for name, c in row.items()])


def _pairs(
    out: Export, bundle: ItemMarks, media: ConversationMedia, limit: int
) -> list[tuple[Candidate, Candidate]]:
    """The pairs of one prompt: majority over the raters, ties left out, at most ``limit``."""
    candidates = {c.id: c for c in media.candidates}
    votes: dict[tuple[str, str], int] = {}
    rankings = [m for m in bundle.marks if isinstance(m.geometry, Ranking)]
    for mark in bundle.marks:
        if not isinstance(mark.geometry, Ranking):
            out.dropped(bundle, mark)
            continue
        out.kept(bundle, mark, same_id=mark.id == "1" or len(rankings) > 1)
        level = {c: n for n, tie in enumerate(mark.geometry.order) for c in tie if c in candidates}
        if len(level) < sum(map(len, mark.geometry.order)):
            out.report.add(
                "geometry_reduced", source="ranking", target="pairs", example=place_of(bundle, mark)
            )
        for a, b in combinations(sorted(level), 2):
            votes.setdefault((a, b), 0)
            votes[a, b] += (level[b] > level[a]) - (level[b] < level[a])
    if len(rankings) > 1:
        out.report.add("judgments_aggregated", count=len(rankings), example=bundle.item.name)
    elif len(votes) > 1:
        out.report.add("geometry_changed", source="ranking", target="pairs", example=bundle.item.name)
    found = []
    for (a, b), balance in votes.items():
        if balance == 0:
            out.report.add("tie_dropped", example=bundle.item.name)
            continue
        found.append((candidates[a], candidates[b]) if balance > 0 else (candidates[b], candidates[a]))
    if len(found) > limit:
        out.report.add(
            "marks_dropped",
            count=len(found) - limit,
            source="pair beyond the limit",
            example=bundle.item.name,
        )
    return found[:limit]


def _pair_row(
    bundle: ItemMarks, prompt: list[Message], a: list[Message], b: list[Message], layout: str
) -> Json:
    plain = bundle.item.ext.get(SPACE, {}).get("plain")
    if layout == "openai":
        given: Json = {"messages": [row_of(m) for m in prompt]}
        return {
            "input": given,
            "preferred_output": [row_of(m) for m in a],
            "non_preferred_output": [row_of(m) for m in b],
        }
    if layout == "implicit":
        return {"chosen": [row_of(m) for m in prompt + a], "rejected": [row_of(m) for m in prompt + b]}
    return {"prompt": side(prompt, plain), "chosen": side(a, plain), "rejected": side(b, plain)}


def _verdict(out: Export, bundle: ItemMarks, mark: Mark, expected_id: str) -> bool | None:
    rating = mark.geometry
    assert isinstance(rating, Rating)
    middle = (rating.low + rating.high) / 2
    if rating.value == middle:
        out.report.add("tie_dropped", example=place_of(bundle, mark))
        return None
    out.kept(bundle, mark, same_id=mark.id == expected_id)
    if rating.value not in (rating.low, rating.high) or rating.high - rating.low != 1:
        out.report.add("geometry_reduced", source="rating", target="label", example=place_of(bundle, mark))
    return rating.value > middle


def _plain(message: Message) -> tuple[str, str]:
    return message.role, message.content


def _line(row: Json) -> bytes:
    return dump_json(row) + b"\n"


def _item(row: Json, number: int) -> ItemMarks:
    rest = dict(row)
    if "completions" in rest and "labels" in rest:
        media, marks = _steps(rest)
    elif "completion" in rest and "label" in rest:
        media, marks = _labelled(rest)
    else:
        media, marks = _pair(rest)
    item_id, ext = id_of(rest, number)
    if rest:
        ext[SPACE] = rest
    return ItemMarks(Item(id=item_id, name=item_id, media=media, ext=ext), marks)


def _pair(rest: Json) -> tuple[ConversationMedia, list[Mark]]:
    if isinstance(rest.get("input"), dict) and "preferred_output" in rest:
        given = rest.pop("input")
        prompt = messages_of(given.get("messages"), "p")
        if extra := {k: v for k, v in given.items() if k != "messages"}:
            rest |= extra
        chosen = messages_of(rest.pop("preferred_output"), "c")
        rejected = messages_of(rest.pop("non_preferred_output", None), "r")
    elif "chosen" in rest and "rejected" in rest:
        better, worse = rest.pop("chosen"), rest.pop("rejected")
        given = rest.pop("prompt", rest.pop("conversations", None))
        if given is None and isinstance(better, str) and isinstance(worse, str):
            better, worse = (hh_messages(t, p) for t, p in ((better, "c"), (worse, "r")))
        else:
            if isinstance(better, str) and isinstance(given, str):
                rest["plain"] = True
            better, worse = messages_of(better, "c", "assistant"), messages_of(worse, "r", "assistant")
        if given is None:
            shared = common_prefix(better, worse)
            prompt, chosen, rejected = better[:shared], better[shared:], worse[shared:]
        else:
            prompt, chosen, rejected = messages_of(given, "p"), better, worse
    else:
        raise bad_row(
            "There are neither chosen and rejected nor a label.", "既没有 chosen/rejected,也没有 label。"
        )
    candidates = [Candidate(id="chosen", messages=chosen), Candidate(id="rejected", messages=rejected)]
    ranking = Mark(id="1", geometry=Ranking([["chosen"], ["rejected"]]))
    return ConversationMedia(messages=prompt, candidates=candidates), [ranking]


def _labelled(rest: Json) -> tuple[ConversationMedia, list[Mark]]:
    label = rest.pop("label")
    if not isinstance(label, bool):
        raise bad_row("The label is neither true nor false.", "label 不是 true 或 false。")
    given, answer = rest.pop("prompt", None), rest.pop("completion")
    if isinstance(given, str) and isinstance(answer, str):
        rest["plain"] = True
    media = ConversationMedia(
        messages=messages_of(given, "p"),
        candidates=[Candidate(id="completion", messages=messages_of(answer, "c", "assistant"))],
    )
    return media, [Mark(id="1", geometry=Rating(float(label), 0, 1), at=At(message="completion"))]


def _steps(rest: Json) -> tuple[ConversationMedia, list[Mark]]:
    texts, labels = rest.pop("completions"), rest.pop("labels")
    if not isinstance(texts, list) or not isinstance(labels, list) or len(texts) != len(labels):
        raise bad_row("completions and labels differ in length.", "completions 和 labels 个数不同。")
    if not all(isinstance(t, str) for t in texts) or not all(
        isinstance(v, bool) or finite(v) for v in labels
    ):
        raise bad_row("A step is no text or its label no truth value.", "有一步不是文字,或标签不是真假。")
    prompt = messages_of(rest.pop("prompt", None), "p")
    steps = [Message(id=f"s{i}", role="assistant", content=t) for i, t in enumerate(texts, 1)]
    marks = [
        Mark(id=str(i), geometry=Rating(float(v), 0, 1), at=At(message=f"s{i}"))
        for i, v in enumerate(labels, 1)
    ]
    return ConversationMedia(messages=prompt, candidates=[Candidate(id="solution", messages=steps)]), marks


def _rows_file(path: Path) -> Path:
    return path / "preferences.jsonl" if path.is_dir() else path


def _sniffer(*keys: str) -> Callable[[Path], float]:
    def sniff(path: Path) -> float:
        first = head(_rows_file(path)).lstrip().split("\n", 1)[0]
        return 0.9 if first.startswith("{") and all(f'"{k}"' in first for k in keys) else 0.0

    return sniff


def _sniff_pairs(path: Path) -> float:
    return max(
        _sniffer("chosen", "rejected")(path), _sniffer("preferred_output", "non_preferred_output")(path)
    )


FORMATS = (
    Format("dpo-jsonl", ("偏好对 JSONL(DPO)", "Preference pairs JSONL (DPO)"), (".jsonl",), _sniff_pairs, read, write_pairs, frozenset({"ranking"}), options=("layout", "max_pairs")),
    Format("kto-jsonl", ("好坏 JSONL(KTO)", "Labelled answers JSONL (KTO)"), (".jsonl",), _sniffer("completion", "label"), read, write_labelled, frozenset({"rating"})),
    Format("prm-jsonl", ("分步 JSONL(PRM)", "Stepwise JSONL (PRM)"), (".jsonl",), _sniffer("completions", "labels"), read, write_steps, frozenset({"rating"}), options=("all_steps",)),
)  # fmt: skip
