"""Why a file is not taken in: stable codes with what was found and what to do, in both languages."""

from __future__ import annotations

from typing import Any

from doujia.errors import DoujiaError

__all__ = ["REASONS", "Refused"]

REASONS: dict[str, tuple[str, str]] = {
    "empty": ("文件是空的。", "The file is empty."),
    "unknown_type": ("不认识这种文件。", "This kind of file is not known."),
    "wrong_medium": ("这个数据集放的是{wanted},这个文件是 {found}。", "This dataset holds {wanted}; the file is {found}."),
    "mislabelled": (
        "文件名以 .{ending} 结尾,内容却是 {found}。请改名再传。",
        "The name ends in .{ending} but the content is {found}. Rename it and send it again.",
    ),
    "svg": ("SVG 里可以藏程序,不收。请转成 PNG。", "SVG may carry a program and is not taken. Convert it to PNG."),
    "html": ("这是网页,不是图片,不收。", "This is a web page, not a picture; it is not taken."),
    "active_content": ("这种文件({found})可能带程序,不收。", "Files of this kind ({found}) may carry a program and are not taken."),
    "not_supported": ("还不支持 {found},请转成 {instead}。", "{found} is not supported; convert it to {instead}."),
    "unreadable": ("文件打不开,可能坏了。", "The file cannot be opened; it may be broken."),
    "truncated": ("文件不完整,后面少了一截。请重新传。", "The file is cut short. Send it again."),
    "too_many_pixels": (
        "图片太大:{megapixels} 百万像素,最多 {limit}。",
        "The picture is too large: {megapixels} megapixels, at most {limit}.",
    ),
    "no_pixels": ("图片的宽或高是 0。", "The picture has no width or no height."),
    "too_large": ("文件太大:{size},最多 {limit}。", "The file is too large: {size}, at most {limit}."),
    "bomb": (
        "展开后会大得不正常(像“压缩炸弹”),不收。",
        "It would unpack to an abnormal size (like a decompression bomb) and is not taken.",
    ),
    "takes_too_long": ("打开它要的时间太长,停下来了。", "Opening it takes too long; stopped."),
    "takes_too_much": ("打开它要的内存太多,停下来了。", "Opening it takes too much memory; stopped."),
    "name_unsafe": ("文件名不安全({why}),不收。", "The file name is not safe ({why}) and is not taken."),
    "name_taken": ("已经有同名文件,内容不一样。请改名再传。", "There is a file of this name with other content. Rename it."),
    "link": ("链接不收,只收文件本身。", "Links are not taken, only files themselves."),
    "no_access": (
        "服务器读不了它:没有权限,或者刚刚被删掉了。",
        "The server cannot read it: it has no right to, or it has just gone.",
    ),
    "nested_archive": ("压缩包里还有压缩包,不收。请先解开。", "An archive inside an archive is not taken. Unpack it first."),
    "encrypted": ("压缩包有密码,打不开。", "The archive is protected by a password."),
    "archive_broken": ("压缩包坏了。", "The archive is broken."),
    "too_many_files": ("文件太多:最多 {limit} 个。", "Too many files: at most {limit}."),
    "listed_twice": ("同一个名字出现了两次,只收第一个。", "The name appears twice; the first one is taken."),
    "row_invalid": ("第 {line} 行不对:{why_zh}", "Line {line} cannot be used: {why}"),
    "sha256_differs": ("收到的内容和声明的不一样,请重新传。", "What arrived is not what was announced. Send it again."),
    "fetch_failed": ("网址取不到:{why_zh}", "The address could not be fetched: {why}"),
}  # fmt: skip
"""Stable code → (zh, en), with places for the details."""


class Refused(DoujiaError):
    """One file is not taken in; the others are. ``code`` is a key of ``REASONS``."""

    def __init__(self, code: str, **details: Any) -> None:
        zh, en = REASONS[code]
        super().__init__(en.format(**details), zh=zh.format(**details), code=code, **details)
