"""XML as a stream of small subtrees: flat memory, no entities, and a line number for every element."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from doujia.formats.files import HEAD_BYTES, decode, fail

__all__ = ["Element", "element", "parse", "subtrees", "text"]

MAX_DEPTH = 64
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Element:
    """One element with its children; ``content`` is its own text before the first child."""

    __slots__ = ("attrs", "children", "content", "line", "tag")

    def __init__(self, tag: str, attrs: dict[str, str], line: int) -> None:
        self.tag, self.attrs, self.line = tag, attrs, line
        self.children: list[Element] = []
        self.content = ""

    def child(self, tag: str) -> Element | None:
        """Return the first child called ``tag``."""
        return next((c for c in self.children if c.tag == tag), None)

    def all(self, tag: str) -> list[Element]:
        """Return the children called ``tag``."""
        return [c for c in self.children if c.tag == tag]

    def value(self, tag: str, default: str = "") -> str:
        """Return the stripped text of the first child called ``tag``."""
        found = self.child(tag)
        return default if found is None else found.content.strip()


def subtrees(path: Path, wanted: Callable[[tuple[str, ...]], bool]) -> Iterator[Element]:
    """Yield each subtree whose path from the root, such as ``("annotations", "image")``, is ``wanted``.

    Everything else is passed over; a yielded subtree is forgotten when the next one comes.

    Raises:
        FormatError: ``xml_malformed``, ``xml_truncated``, ``xml_entity_refused`` or ``xml_too_deep`` with the line.
    """
    builder = _Builder(path, wanted)
    with _open(path) as source:
        start = source.read(HEAD_BYTES)
        source.seek(0)
        decoder = codecs.getincrementaldecoder(_encoding(start, path))(errors="strict")
        while True:
            data = source.read(1 << 17)
            try:
                content = decoder.decode(data, final=not data)
            except UnicodeDecodeError:
                fail(
                    "encoding_unknown",
                    "文字编码和声明的不一样",
                    "The text is not in the encoding that the file declares",
                    file=path,
                    line=builder.line,
                )
            yield from builder.feed(content, final=not data)
            if not data:
                return


def parse(content: str, file: Path | str) -> Element:
    """Parse a small document that is already text; returns its root element."""
    builder = _Builder(file, lambda place: len(place) == 1)
    roots = list(builder.feed(content, final=True))
    return roots[0]


def element(tag: str, attrs: dict[str, object], content: str | None = None, *, indent: str = "") -> str:
    """Return one line of XML; attributes that are None are left out, ``content`` is markup."""
    inside = "".join(f" {k}={_quoted(v)}" for k, v in attrs.items() if v is not None)
    if content is None:
        return f"{indent}<{tag}{inside}/>\n"
    return f"{indent}<{tag}{inside}>{content}</{tag}>\n"


def text(value: str) -> str:
    """Escape ``value`` as element text; characters that XML cannot hold become U+FFFD."""
    return escape(_clean(value), {"\r": "&#13;"})


def _quoted(value: object) -> str:
    shown = str(value)
    if _PLAIN.fullmatch(shown):  # most are numbers and names
        return f'"{shown}"'
    return quoteattr(_clean(shown), _NEWLINES)


_PLAIN = re.compile(r"[\w .,;:()/+-]*")
_NEWLINES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


class _Builder:
    def __init__(self, file: Path | str, wanted: Callable[[tuple[str, ...]], bool]) -> None:
        self._file, self._wanted = file, wanted
        self._place: list[str] = []
        self._stack: list[Element] = []
        self._ready: list[Element] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity
        self._parser.ExternalEntityRefHandler = self._external

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def feed(self, content: str, *, final: bool) -> Iterator[Element]:
        try:
            self._parser.Parse(content.removeprefix("\ufeff").encode("utf-8", "surrogatepass"), final)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            ends = final and error.code in (3, 5)  # no element found; unclosed token
            fail(
                "xml_truncated" if ends else "xml_malformed",
                "文件没有写完就断了" if ends else f"XML 写坏了:{reason}",
                "The file ends early" if ends else f"The XML is broken: {reason}",
                file=self._file,
                line=error.lineno,
            )
        ready, self._ready = self._ready, []
        yield from ready

    def _start(self, tag: str, attrs: dict[str, str]) -> None:
        self._place.append(tag)
        if len(self._place) > MAX_DEPTH:
            fail(
                "xml_too_deep",
                "XML 嵌套太深",
                "The XML is nested too deeply",
                file=self._file,
                line=self.line,
            )
        if self._stack:
            node = Element(tag, attrs, self.line)
            self._stack[-1].children.append(node)
            self._stack.append(node)
        elif self._wanted(tuple(self._place)):
            self._stack.append(Element(tag, attrs, self.line))

    def _end(self, tag: str) -> None:
        self._place.pop()
        if self._stack:
            node = self._stack.pop()
            if not self._stack:
                self._ready.append(node)

    def _characters(self, data: str) -> None:
        if self._stack and not self._stack[-1].children:
            self._stack[-1].content += data

    def _entity(self, name: str, *rest: object) -> None:
        fail(
            "xml_entity_refused",
            f"文件自带实体定义({name}),为了安全不接受",
            f"The file defines the entity {name}; such files are refused for safety",
            file=self._file,
            line=self.line,
        )

    def _external(self, *rest: object) -> int:
        self._entity("external")
        return 0


def _encoding(start: bytes, path: Path) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start[:4].replace(b"\0", b"")[:1] == b"<" and b"\0" in start[:4]:
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    declared = _DECLARED.match(start.removeprefix(codecs.BOM_UTF8))
    if declared is None:
        if len(start) < HEAD_BYTES:
            decode(start, path)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(start)
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8"
    name = declared.group(1).decode("ascii").lower()
    if name.startswith("utf-16"):
        return "utf-8"  # declared, but the bytes are not: a file that was re-saved
    try:
        codecs.lookup(name)
    except LookupError:
        fail(
            "encoding_unknown", f"不认识的编码 {name}", f"The encoding {name} is not known", file=path, line=1
        )
    return "gb18030" if name in ("gb2312", "gbk") else name


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        fail("file_unreadable", f"打不开:{error.strerror}", f"Cannot be opened: {error.strerror}", file=path)


def _clean(value: str) -> str:
    return _ILLEGAL.sub("�", value)
