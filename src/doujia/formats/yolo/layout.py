"""Where a YOLO dataset keeps what: ``data.yaml`` or ``obj.data``, splits, pictures and label files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doujia.errors import FormatError, Problem
from doujia.formats.pictures import SizeTable, pictures_under

__all__ = ["TASKS", "Entry", "Layout", "sniff"]

TASKS = {"detect": "detect", "seg": "segment", "obb": "obb", "pose": "pose"}
"""Task of the format's name → the word that ultralytics uses for it."""

_STRAY = frozenset({"readme.txt", "classes.txt", "notes.txt", "requirements.txt"})


@dataclass
class Entry:
    """One picture: its name within the dataset, its label file, its own file and its size as far as known."""

    name: str
    split: str | None
    label: Path
    picture: Path | None = None
    size: tuple[int, int] | None = None


@dataclass
class Layout:
    """Names of the classes by index, keypoints, and the pictures of each split."""

    root: Path
    config: Path | None = None
    names: dict[int, str] = field(default_factory=dict)
    keypoints: tuple[int, int] | None = None
    keypoint_names: list[str] = field(default_factory=list)
    flip: list[int] = field(default_factory=list)
    task: str | None = None
    rest: dict[str, Any] = field(default_factory=dict)
    splits: dict[str, Any] = field(default_factory=dict)
    darknet: bool = False
    _unsplit: set[str] = field(default_factory=set)

    @classmethod
    def find(cls, path: Path, images: Path | None = None) -> Layout:
        """Work out the layout of a dataset from its folder, its ``data.yaml`` or its ``obj.data``.

        Raises:
            FormatError: nothing that looks like YOLO, or a configuration that cannot be read.
        """
        if path.is_file():
            return cls._from_config(path)
        for name in ("data.yaml", "data.yml", "dataset.yaml", "obj.data"):
            if (path / name).is_file():
                return cls._from_config(path / name)
        others = [p for p in sorted(path.glob("*.yaml")) if _mentions_names(p)]
        if len(others) == 1:
            return cls._from_config(others[0])
        layout = cls(root=path)
        for name in ("classes.txt", "obj.names", "labels/classes.txt"):
            if (path / name).is_file():
                layout.names = dict(enumerate(_lines(path / name)))
                break
        labels = path / "labels"
        if labels.is_dir():
            inner = [p.name for p in sorted(labels.iterdir()) if p.is_dir()]
            layout.splits = {s: f"images/{s}" for s in inner} or {"": "images"}
        elif any(path.glob("*/labels")):
            layout.splits = {p.parent.name: f"{p.parent.name}/images" for p in sorted(path.glob("*/labels"))}
        elif any(p.name.lower() not in _STRAY for p in path.glob("*.txt")):
            layout.splits = {"": "."}
        else:
            _fail(
                "yolo_no_labels",
                path,
                "没有 data.yaml,也没有标签文件",
                "There is neither data.yaml nor a label file",
            )
        return layout

    @classmethod
    def _from_config(cls, path: Path) -> Layout:
        if path.suffix == ".data":
            return cls._from_darknet(path)
        import yaml

        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
            mark = getattr(error, "problem_mark", None)
            _fail("yaml_malformed", path, f"YAML 读不懂:{error}", f"The YAML cannot be read: {error}", mark.line + 1 if mark else None)  # fmt: skip
        if not isinstance(data, dict):
            _fail("yaml_malformed", path, "YAML 里没有键", "The YAML holds no keys")
        layout = cls(root=path.parent, config=path)
        base = data.get("path")
        if isinstance(base, str) and (path.parent / base).is_dir():
            layout.root = path.parent / base
        names = data.get("names")
        if isinstance(names, dict):
            try:
                layout.names = {int(k): str(v) for k, v in names.items()}
            except (TypeError, ValueError):
                _fail("yaml_malformed", path, "names 的键应是整数", "The keys of names should be integers")
        elif isinstance(names, list):
            layout.names = {i: str(v) for i, v in enumerate(names)}
        shape = data.get("kpt_shape")
        if isinstance(shape, list) and len(shape) == 2 and all(isinstance(n, int) for n in shape):
            layout.keypoints = (shape[0], shape[1])
        points = data.get("kpt_names")
        if isinstance(points, dict):
            points = next(iter(points.values()), None)
        if isinstance(points, list):
            layout.keypoint_names = [str(n) for n in points]
        if isinstance(data.get("flip_idx"), list):
            layout.flip = [int(i) for i in data["flip_idx"] if isinstance(i, int)]
        layout.task = data.get("task") if isinstance(data.get("task"), str) else None
        known = {"path", "names", "nc", "kpt_shape", "kpt_names", "flip_idx", "task"}
        for key, value in data.items():
            if key in known:
                continue
            if key in ("train", "val", "test", "valid") and isinstance(value, (str, list)):
                layout.splits["val" if key == "valid" else key] = value
            else:
                layout.rest[str(key)] = value
        if not layout.splits and (layout.root / "labels").is_dir():
            inner = [p.name for p in sorted((layout.root / "labels").iterdir()) if p.is_dir()]
            layout.splits = {s: f"images/{s}" for s in inner} or {"": "images"}
        return layout

    @classmethod
    def _from_darknet(cls, path: Path) -> Layout:
        values = dict(line.split("=", 1) for line in _lines(path) if "=" in line)
        values = {k.strip(): v.strip() for k, v in values.items()}
        layout = cls(root=path.parent, config=path, darknet=True)
        names = values.get("names", "obj.names")
        for candidate in (path.parent / names, path.parent / Path(names).name):
            if candidate.is_file():
                layout.names = dict(enumerate(_lines(candidate)))
                break
        layout.splits = {k: v for k, v in values.items() if k in ("train", "valid", "val", "test")}
        if "valid" in layout.splits:
            layout.splits["val"] = layout.splits.pop("valid")
        return layout

    def entries(self, images: Path | None) -> Iterator[Entry]:
        """Yield the pictures of all splits, each once, in the order of the lists or of their names."""
        rows = SizeTable(self.root / SizeTable.NAME).rows
        sizes = {(s or "train", n): (w, h) for s, n, w, h in rows}
        self._unsplit = {n for s, n, _, _ in rows if not s}
        chosen: dict[str, str] = {}
        for split, places in self.splits.items():
            # A set without "val" (or "train") is often written with one folder under both: its own name decides.
            if str(places) not in chosen or str(places).rstrip("/").rsplit("/", 1)[-1] == split:
                chosen[str(places)] = split
        for split, places in self.splits.items():
            if chosen[str(places)] != split:
                continue
            yield from self._split_entries(split, places, images, sizes)

    def _split_entries(
        self, split: str, places: Any, images: Path | None, sizes: dict[tuple[str, str], tuple[int, int]]
    ) -> Iterator[Entry]:
        seen: set[str] = set()
        listed = [n for s, n in sizes if s == split]
        for place in places if isinstance(places, list) else [places]:
            folder = self._resolve(str(place))
            if folder.suffix == ".txt":
                yield from self._listed(folder, split, images, sizes)
                continue
            labels = _labels_of(folder)
            on_disk = list(pictures_under(folder)) if folder.is_dir() else []
            stems = {n.rsplit(".", 1)[0] for n in (*listed, *on_disk)}
            bare = sorted(
                p.relative_to(labels).as_posix()
                for p in (labels.rglob("*.txt") if labels.is_dir() else ())
                if p.name.lower() not in _STRAY and p.relative_to(labels).as_posix()[:-4] not in stems
            )
            elsewhere = _beside(images, bare)
            for name in (*listed, *on_disk, *(elsewhere.get(b[:-4], b[:-4]) for b in bare)):
                if name in seen:
                    continue
                seen.add(name)
                stem = name.rsplit(".", 1)[0] if "." in name.rsplit("/", 1)[-1] else name
                label = labels / f"{name if f'{name}.txt' in bare else stem}.txt"
                picture = folder / name
                if not picture.is_file():
                    picture = images / name if images is not None else picture
                yield Entry(
                    name=name,
                    split=None if split == "train" and name in self._unsplit else split or None,
                    label=label,
                    picture=picture if picture.is_file() else None,
                    size=sizes.get((split, name)),
                )

    def _listed(
        self, file: Path, split: str, images: Path | None, sizes: dict[tuple[str, str], tuple[int, int]]
    ) -> Iterator[Entry]:
        """Pictures named one a line; absolute paths of another machine are matched by their end."""
        try:
            lines = _lines(file)
        except OSError:
            _fail("file_missing", file, "列出图片的文件不存在", "The list of pictures does not exist")
        for line in lines:
            relative = line.replace("\\", "/")
            relative = relative[2:] if relative.startswith("./") else relative
            path = self._picture(relative)
            name = (
                re.sub(rf"^(?:.*/)?(?:images/{re.escape(split)}/|images/|data/)(?=.)", "", relative)
                if split
                else relative
            )
            if self.darknet:
                name = re.sub(r"^(?:data/)?", "", relative)
                name = name.split("/", 1)[1] if re.match(r"^obj(_\w+)?_data/", name) else name
            label = path.with_suffix(".txt") if self.darknet else _label_of_picture(path)
            if not path.is_file() and images is not None:
                path = images / name
            yield Entry(
                name, split or None, label, path if path.is_file() else None, sizes.get((split, name))
            )

    def _picture(self, relative: str) -> Path:
        candidates = [self.root / relative] if not relative.startswith("/") else []
        pieces = relative.strip("/").split("/")
        candidates += [self.root.joinpath(*pieces[i:]) for i in range(len(pieces))]
        for candidate in candidates:
            if (
                candidate.is_file()
                or candidate.with_suffix(".txt").is_file()
                or _label_of_picture(candidate).is_file()
            ):
                return candidate
        return candidates[0]

    def _resolve(self, place: str) -> Path:
        """Find a folder or list named in the configuration; Roboflow writes ``../train/images`` beside its yaml."""
        clean = place.replace("\\", "/")
        options = [self.root / clean, self.root / re.sub(r"^(\.\./)+", "", clean)]
        pieces = clean.strip("/").split("/")
        options += [self.root.joinpath(*pieces[i:]) for i in range(1, len(pieces))]
        for option in options:
            if option.exists() or _labels_of(option).is_dir():
                return option
        return options[0]


def sniff(task: str, path: Path) -> float:
    """Say how surely a folder (or a ``data.yaml``) is YOLO of this task."""
    try:
        if path.is_file():
            if path.suffix not in (".yaml", ".yml", ".data") or not (
                path.suffix == ".data" or _mentions_names(path)
            ):
                return 0.0
        elif not ((path / "labels").is_dir() or any(path.glob("*/labels")) or (path / "obj.data").is_file()):
            has_names = (path / "classes.txt").is_file() or (path / "data.yaml").is_file()
            if not has_names:
                return 0.0
        layout = Layout.find(path)
    except (FormatError, OSError):
        return 0.0
    declared = layout.task or ("pose" if layout.keypoints else None)
    if declared is not None:
        return 0.9 if declared == TASKS[task] else 0.05
    guess = _guess(layout)
    if guess == "obb":  # four corners may be a ring of four points as well
        return {"seg": 0.7, "obb": 0.6}.get(task, 0.05)
    return 0.8 if guess == task else 0.3 if task == "seg" else 0.05


def _guess(layout: Layout) -> str:
    widths: set[int] = set()
    for count, entry in enumerate(layout.entries(None)):
        if entry.label.is_file():
            with entry.label.open(encoding="utf-8", errors="replace") as stream:
                widths |= {len(line.split()) for line in stream.read(1 << 14).splitlines()[:-1] or [""]}
                stream.seek(0)
                widths |= {len(line.split()) for line in stream.read(1 << 14).splitlines()[:1]}
        if count >= 20:
            break
    widths.discard(0)
    if widths and widths <= {5, 6}:
        return "detect"
    return "obb" if widths == {9} else "seg"


def _labels_of(folder: Path) -> Path:
    """``images/train`` → ``labels/train``, ``train/images`` → ``train/labels``, anything else: the folder itself."""
    parts = list(folder.parts)
    for i in range(len(parts) - 1, -1, -1):
        if parts[i] == "images":
            parts[i] = "labels"
            return Path(*parts)
    return folder


def _label_of_picture(picture: Path) -> Path:
    return _labels_of(picture.parent) / f"{picture.stem}.txt"


def _beside(images: Path | None, bare: list[str]) -> dict[str, str]:
    """Names with ending for label files whose picture lies in another folder."""
    if images is None or not bare:
        return {}
    return {n.rsplit(".", 1)[0]: n for n in pictures_under(images)}


def _mentions_names(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return bool(re.search(rb"^names\s*:", stream.read(1 << 16), re.MULTILINE))
    except OSError:
        return False


def _lines(path: Path) -> list[str]:
    """Lines with something on them; UTF-8, or GB18030 where that fails."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _fail(code: str, path: Path, zh: str, en: str, line: int | None = None) -> Any:
    raise FormatError(Problem(code, "error", zh, en, file=str(path), line=line))
