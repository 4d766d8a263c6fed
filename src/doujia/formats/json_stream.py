"""Large JSON files read piece by piece, with exact places for what is wrong.

A dataset file is one object whose values are a few long arrays. ``scan`` walks over it with a quarter of a megabyte in memory
and hands out *runs*: stretches of whole elements of one array, each already checked to be JSON and decoded as far as
the caller's small ``head`` type asks. Finding where a run may end is a guess (the last ``},{`` in the window) that the
decoder proves: text that parses as a list of elements can only have been cut between two of them. Where the guess fails
(end of the array, or a broken element) a bracket scanner finds each element's end.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import msgspec

from doujia.errors import FormatError, Problem
from doujia.formats.contract import Problems
from doujia.formats.files import json_decoder

__all__ = ["Bad", "JsonFile", "JsonStream", "Run", "Value", "decode_list", "decode_value", "scan"]

CHUNK = 1 << 18  # what a core's cache holds together with the objects decoded from it
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}\[{\":]++")
_END = re.compile(rb"\}[ \t\r\n]*(\])[ \t\r\n]*(?:,[ \t\r\n]*\"|\})")
_BETWEEN = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*\{")


class Run(NamedTuple):
    """Whole elements of the array ``key``: ``length`` bytes at ``offset``, the first being number ``number``."""

    key: str
    offset: int
    length: int
    number: int
    heads: list[Any]


class Value(NamedTuple):
    """A top-level value that is not one of the arrays asked for, as bytes."""

    key: str
    offset: int
    data: bytes


class Bad(NamedTuple):
    """Element ``number`` of the array ``key`` is not what the head type wants, or not JSON; ``data`` are its bytes."""

    key: str
    offset: int
    number: int
    message: str
    data: bytes


class JsonFile:
    """A JSON file as UTF-8 bytes with random access, whatever encoding it is stored in.

    UTF-8 (with or without BOM) is read in place; UTF-16 and GB18030 are converted to a temporary file.

    Raises:
        FormatError: empty, or in no encoding that is known here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._stream: BinaryIO = path.open("rb")
        except OSError as error:
            raise FormatError(
                Problem(
                    "file_unreadable",
                    "error",
                    f"打不开这个文件:{error.strerror}",
                    f"The file cannot be opened: {error.strerror}",
                    file=str(path),
                )
            ) from error
        self.start = 0
        head = self._stream.read(4)
        if head.startswith(codecs.BOM_UTF8):
            self.start = 3
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._transcode("utf-16")
        elif not self._is_utf8():
            self._transcode("gb18030")
        self.size = os.fstat(self._stream.fileno()).st_size
        if self.size == self.start:
            self.fail("file_empty", self.start, "文件是空的", "The file is empty")

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes at ``offset``."""
        return os.pread(self._stream.fileno(), length, offset)

    def line_of(self, offset: int) -> int:
        """Return the 1-based line of a byte."""
        line, at = 1, 0
        while at < offset:
            data = self.read(at, min(CHUNK, offset - at))
            if not data:
                break
            line += data.count(b"\n")
            at += len(data)
        return line

    def fail(self, code: str, offset: int, zh: str, en: str) -> NoReturn:
        """Raise ``FormatError`` at a byte of this file."""
        raise FormatError(
            Problem(
                code,
                "error",
                f"{zh}(第 {offset} 字节)",
                f"{en} (byte {offset})",
                file=str(self.path),
                line=self.line_of(offset),
                pointer=f"byte {offset}",
            )
        )

    def _is_utf8(self) -> bool:
        decoder = codecs.getincrementaldecoder("utf-8")()
        at, plain = self.start, True
        while data := self.read(at, CHUNK):
            at += len(data)
            if plain and data.isascii():
                continue
            plain = False
            try:
                decoder.decode(data)
            except UnicodeDecodeError:
                return False
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            # A character cut off at the very end is a truncated UTF-8 file, which the scanner reports as such.
            return at - self.start > 4
        return True

    def _transcode(self, encoding: str) -> None:
        decoder = codecs.getincrementaldecoder(encoding)()
        target = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        at = 0
        while True:
            data = self.read(at, CHUNK)
            try:
                target.write(decoder.decode(data, final=not data).encode("utf-8"))
            except UnicodeError:
                target.close()
                self.fail(
                    "encoding_unknown",
                    at,
                    "不是 UTF-8、UTF-16 或 GB18030 编码的文字",
                    "This is no text in UTF-8, UTF-16 or GB18030",
                )
            if not data:
                break
            at += len(data)
        target.flush()
        self._stream.close()
        self._stream, self.start = target, 0


def decode_list(data: bytes, decoder: msgspec.json.Decoder[Any]) -> list[Any]:
    """Decode the elements of a run (bytes without the enclosing brackets) with a decoder of a list type."""
    return decoder.decode(b"[" + data + b"]")  # type: ignore[no-any-return]


def decode_value(file: JsonFile, value: Value) -> Any:
    """Decode a value that ``scan`` handed out as bytes.

    Raises:
        FormatError: ``json_malformed`` or ``json_too_deep`` with its place.
    """
    try:
        return msgspec.json.decode(value.data)
    except msgspec.DecodeError as error:
        file.fail("json_malformed", value.offset, f"不是正确的 JSON:{error}", f"Not valid JSON: {error}")
    except RecursionError:
        file.fail("json_too_deep", value.offset, "JSON 嵌套太深", "The JSON is nested too deeply")


def scan(
    file: JsonFile, heads: Mapping[str, Any], root_array: str | None = None
) -> Iterator[Run | Value | Bad]:
    """Walk once over a JSON file.

    Args:
        file: the file.
        heads: key of a long array → type of which each of its elements is decoded (msgspec ignores other fields).
        root_array: when the document itself is an array, the key under which it is treated.

    Yields:
        Runs of elements, other values whole, and elements that could not be read.

    Raises:
        FormatError: ``json_truncated``, ``json_malformed`` or ``json_not_object`` with the place.
    """
    scanner = _Scanner(file)
    first = scanner.peek()
    if first == b"[" and root_array is not None:
        scanner.at += 1
        yield from scanner.array(root_array, heads[root_array])
        scanner.end()
        return
    if first != b"{":
        file.fail("json_not_object", scanner.offset, "应当是一个 JSON 对象", "This should be one JSON object")
    scanner.at += 1
    if scanner.peek() == b"}":
        scanner.at += 1
        scanner.end()
        return
    while True:
        key = scanner.key()
        if key in heads and scanner.peek() == b"[":
            scanner.at += 1
            yield from scanner.array(key, heads[key])
        else:
            scanner.peek()
            start = scanner.offset
            yield Value(key, start, scanner.value())
        after = scanner.peek()
        scanner.at += 1
        if after == b"}":
            scanner.end()
            return
        if after != b",":
            scanner.at -= 1
            scanner.wrong("这里应当是逗号或右括号", "A comma or a closing bracket is missing here")


class JsonStream:
    """One JSON file read element by element, each decoded whole, so that the file's size does not matter.

    The file is a list, or an object that holds the list under one key; the other keys are small and kept in ``rest``
    (those after the list only once it has been read to the end).
    """

    def __init__(self, path: Path, problems: Problems | None = None) -> None:
        self.path = path
        self.rest: dict[str, Any] = {}
        self._problems = problems

    def elements(self, key: str | None) -> Iterator[tuple[int, Any]]:
        """Yield ``(index, element)`` of the list at the top level (``key`` None) or under ``key``.

        Raises:
            FormatError: ``json_malformed``, ``json_truncated``, ``number_not_finite`` … with the line.
        """
        file = JsonFile(self.path)
        decode = json_decoder(self.path, self._problems, None).decode
        name = key or ""
        for event in scan(file, {name: msgspec.Raw}, None if key is not None else name):
            if isinstance(event, Run):
                for number, raw in enumerate(event.heads, event.number):
                    yield number, _decoded(file, event.offset, bytes(raw), decode)
            elif isinstance(event, Bad):
                yield event.number, _decoded(file, event.offset, event.data, decode)
            elif event.key == key:
                file.fail("json_malformed", event.offset, f"{key} 应当是列表", f"{key} should be a list")
            else:
                self.rest[event.key] = _decoded(file, event.offset, event.data, decode)


def _decoded(file: JsonFile, offset: int, data: bytes, decode: Callable[[str], Any]) -> Any:
    """Decode a value that stands at or after ``offset``; what is wrong with it is said with its line."""
    try:
        return decode(data.decode("utf-8", "surrogatepass"))
    except json.JSONDecodeError as error:
        file.fail("json_malformed", offset, f"不是正确的 JSON:{error.msg}", f"Not valid JSON: {error.msg}")
    except RecursionError:
        file.fail("json_too_deep", offset, "JSON 嵌套太深", "The JSON is nested too deeply")


class _Scanner:
    """A window over the file: ``buffer`` begins at byte ``base``, the next unread byte is ``buffer[at]``."""

    def __init__(self, file: JsonFile) -> None:
        self.file = file
        self.base = file.start
        self.buffer = b""
        self.at = 0
        self.finished = False

    @property
    def offset(self) -> int:
        return self.base + self.at

    def more(self) -> bool:
        """Forget what was consumed and read on; an element longer than the window doubles it."""
        rest = self.buffer[self.at :]
        data = self.file.read(self.base + len(self.buffer), max(CHUNK, len(rest)))
        self.base += self.at
        self.at = 0
        self.buffer = rest + data
        self.finished = not data
        return bool(data)

    def peek(self) -> bytes:
        """Skip white space and return the next byte without consuming it."""
        while True:
            self.at = _SPACE.match(self.buffer, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.buffer):
                return self.buffer[self.at : self.at + 1]
            if not self.more():
                self.file.fail(
                    "json_truncated", self.offset, "文件不完整,到这里就断了", "The file ends too early"
                )

    def end(self) -> None:
        """Nothing but white space may follow."""
        while True:
            self.at = _SPACE.match(self.buffer, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.buffer):
                self.wrong("后面还有多余的文字", "There is text after the end")
            if not self.more():
                return

    def wrong(self, zh: str, en: str) -> NoReturn:
        self.file.fail("json_malformed", self.offset, f"不是正确的 JSON:{zh}", f"Not valid JSON: {en}")

    def key(self) -> str:
        if self.peek() != b'"':
            self.wrong("这里应当是一个键", "A key should stand here")
        raw = self.value()
        if self.peek() != b":":
            self.wrong("键后面缺少冒号", "The colon after a key is missing")
        self.at += 1
        try:
            return msgspec.json.decode(raw, type=str)
        except msgspec.DecodeError as error:
            self.wrong(str(error), str(error))

    def value(self) -> bytes:
        """Consume one whole value and return its bytes."""
        while (end := _value_end(self.buffer, self.at)) < 0:
            if not self.more():
                if end == _OPEN_SCALAR:
                    end = len(self.buffer)
                    break
                self.file.fail(
                    "json_truncated",
                    self.base + len(self.buffer),
                    "文件不完整,到这里就断了",
                    "The file ends too early",
                )
        if end == self.at:
            self.wrong("这里应当是一个值", "A value should stand here")
        data = self.buffer[self.at : end]
        self.at = end
        return data

    def array(self, key: str, head: Any) -> Iterator[Run | Bad]:
        many, one = msgspec.json.Decoder(list[head]), msgspec.json.Decoder(head)
        index = 0
        if self.peek() == b"]":
            self.at += 1
            return
        while True:
            self.peek()
            if len(self.buffer) - self.at < CHUNK // 4:
                self.more()
            cut = self._boundary()
            if cut > 0:
                try:
                    found = many.decode(b"[" + self.buffer[self.at : cut] + b"]")
                except (msgspec.DecodeError, RecursionError):
                    pass
                else:
                    yield Run(key, self.offset, cut - self.at, index, found)
                    index += len(found)
                    self.at = self.buffer.index(b",", cut) + 1
                    continue
            last = self._last_run(key, index, many)
            if last is not None:
                yield last
                return
            ended = False
            for piece in self._elements(key, index, one):
                if piece is None:
                    ended = True
                else:
                    index = piece.number + (len(piece.heads) if isinstance(piece, Run) else 1)
                    yield piece
            if ended:
                return

    def _last_run(self, key: str, number: int, many: msgspec.json.Decoder[Any]) -> Run | None:
        """Guess where the array ends within the window, and prove it as above; None when that does not work out."""
        for tries, found in enumerate(_END.finditer(self.buffer, self.at)):
            if tries == 8:
                break
            cut = found.start() + 1
            try:
                heads = many.decode(b"[" + self.buffer[self.at : cut] + b"]")
            except (msgspec.DecodeError, RecursionError):
                continue
            run = Run(key, self.offset, cut - self.at, number, heads)
            self.at = found.end(1)
            return run
        return None

    def _boundary(self) -> int:
        """Guess where the last whole element of the window ends; 0 when there is no such place."""
        end = len(self.buffer)
        for _ in range(64):
            end = self.buffer.rfind(b"}", self.at, end)
            if end < 0:
                return 0
            if _BETWEEN.match(self.buffer, end + 1):
                return end + 1
        return 0

    def _elements(self, key: str, index: int, one: msgspec.json.Decoder[Any]) -> Iterator[Run | Bad | None]:
        """Take the elements of this window one by one; None says that the array has ended."""
        heads: list[Any] = []
        start = end = self.offset
        while True:
            self.peek()
            at = self.offset
            data = self.value()
            after = self.peek()
            if after not in (b",", b"]"):
                self.wrong("这里应当是逗号或右括号", "A comma or a closing bracket is missing here")
            try:
                head = one.decode(data)
            except (msgspec.DecodeError, RecursionError) as error:
                if heads:
                    yield Run(key, start, end - start, index, heads)
                    index += len(heads)
                    heads = []
                yield Bad(key, at, index, str(error), data)
                index += 1
            else:
                start = start if heads else at
                end = at + len(data)
                heads.append(head)
            self.at += 1
            last = after == b"]"
            if last or (not self.finished and len(self.buffer) - self.at < CHUNK // 8):
                if heads:
                    yield Run(key, start, end - start, index, heads)
                if last:
                    yield None
                return


_OPEN = -1
_OPEN_SCALAR = -2


def _value_end(buffer: bytes, at: int) -> int:
    """Return where the value that begins at ``at`` ends; negative when the window ends first."""
    first = buffer[at : at + 1]
    if first == b'"':
        found = _STRING.match(buffer, at)
        return found.end() if found else _OPEN
    if first not in (b"{", b"["):
        found = _SCALAR.match(buffer, at)
        if found is None:
            return at
        return found.end() if found.end() < len(buffer) else _OPEN_SCALAR
    depth = 0
    for token in _TOKEN.finditer(buffer, at):
        start = token.start()
        byte = buffer[start]
        if byte == 0x7B or byte == 0x5B:
            depth += 1
        elif byte == 0x7D or byte == 0x5D:
            depth -= 1
            if depth == 0:
                return start + 1
        elif token.end() - start == 1:
            return _OPEN  # a string that the window cuts
    return _OPEN
