/**
 * The image bench: one task on screen. It joins store, selection, index, tools and renderer, and knows no React.
 */
import type { Delta, Document, Op } from "../core/deltas";
import { bounds, grow, isEmpty, tidy, union } from "../core/geometry";
import { markId } from "../core/ids";
import {
  attributesFor, classStyle, isSuggestion, nameOf, valueName, type AttributeValue, type ClassStyle, type Geometry, type Mark, type Schema, type Skeleton,
} from "../core/model";
import { touchOps } from "../core/provenance";
import { combine } from "../core/raster";
import { fromPatch, toPatch } from "../core/rle";
import { Selection } from "../core/selection";
import { SpatialIndex } from "../core/spatial";
import { MarkStore, removeMarks, setField, type Change } from "../core/store";
import { Viewport, type Rect, type Size } from "../core/viewport";
import { AS_IT_IS, type Adjust } from "../render/adjust";
import type { Helps, Overlay, Picture, Renderer } from "../render/surface";
import { relationOverlays } from "../tools/edit";
import { claim, isEmptyMask, NO_PIXELS, without, type Claim } from "../tools/overlap";
import { SelectTool } from "../tools/select";
import { OPTIONS, type Bench, type HelpClient, type Tool, type ToolOptions } from "../tools/tool";
import { ancestorsOf, hasChildren, levelOf } from "./chips";
import { NOTHING, type Copied } from "./copied";
import { TOOLS, toolForKind, toolsFor, type ToolRow } from "./toolbox";

export interface Hint { text: string; values: Record<string, string | number> }

export interface BenchSettings {
  language: string;
  /** Picture pixels; the project's smallest side. */
  minSize: number;
  palette: readonly string[] | undefined;
  readOnly: boolean;
  /** Millimetres a pixel. */
  pixelMm?: number | null;
  /** Looking comes before drawing: start with the select tool (review, arbitration). */
  looking?: boolean;
}

export interface BenchCallbacks {
  ask: (question: string, x: number, y: number) => Promise<string | null>;
  changed: (change: Change) => void;
}

const NO_KEYS: readonly (readonly [number, number])[] = [];

export class ImageBench implements Bench {
  readonly store = new MarkStore();
  readonly selection = new Selection();
  readonly index = new SpatialIndex();
  readonly options: ToolOptions = { ...OPTIONS };
  settings: BenchSettings = { language: "zh-CN", minSize: 3, palette: undefined, readOnly: false };
  adjust: Adjust = AS_IT_IS;
  helps: Helps = { crosshair: false, grid: null, magnifier: false };
  hint: Hint | null = null;
  /** Branch of the class tree that is open. */
  branch: string | null = null;
  /** Question that number keys answer, in schemas without classes. */
  question: string | null = null;
  /** Suggestions at or above this score are accepted together. */
  acceptFrom = 0.5;
  clipboard: Copied = NOTHING;
  /** What was handed in before this task, for copying. */
  previous: Copied = NOTHING;
  /** Things shown on top that are no marks: comments, findings, differences. */
  extras: () => readonly Overlay[] = () => [];
  /** Keyboard pointer, picture pixels; null while the mouse leads. */
  keyPointer: { x: number; y: number } | null = null;
  /** Pointer, picture pixels, for the status bar. */
  pointer: { x: number; y: number } | null = null;
  /** The status bar hears of pointer moves here, apart from everything else that redraws. */
  onPointer: (() => void) | null = null;
  /** Where the stage was last pressed: the place of a finding that has no mark. */
  lastPress: { x: number; y: number } | null = null;
  prelabels: readonly Mark[] = [];
  emptyOnPurpose = false;

  private tools = new Map<string, Tool>();
  private rows: ToolRow[] = [];
  private toolId = "select";
  private current: string | null = null;
  private soft = false;
  private schemaNow: Schema = {};
  private size: Size = { w: 1, h: 1 };
  private view: Viewport = Viewport.fit({ w: 1, h: 1 }, { w: 1, h: 1 });
  private pictureNow: Picture | null = null;
  private listeners = new Set<() => void>();
  private fitting = true;
  version = 0;
  private telling = false;

  constructor(readonly renderer: Renderer, readonly help: HelpClient, private callbacks: BenchCallbacks) {
    this.store.subscribe((change) => this.onStore(change));
    this.selection.subscribe(() => {
      for (const tool of this.tools.values()) if (tool instanceof SelectTool) tool.chosenChanged();
      this.notify();
    });
    renderer.setScene({
      document: () => this.store.document,
      mark: (id) => this.store.mark(id),
      index: this.index,
      selection: this.selection,
      styleOf: (mark) => this.styleFor(mark.label),
      tagOf: (mark) => this.tagFor(mark),
      edgesOf: (mark) => this.edgesOf(mark),
    });
    renderer.setLive(() => this.overlays());
  }

  // ---- one task ----

  /** Show a task. `deltas` is the journal of an earlier sitting on it. */
  open(task: { schema: Schema; size: Size; base: Document; baseSeq?: number; deltas?: readonly Delta[]; prelabels?: readonly Mark[]; settings: BenchSettings }): void {
    this.tool.exit();
    const sameSchema = this.schemaNow === task.schema;
    this.settings = task.settings;
    this.schemaNow = task.schema;
    this.size = task.size;
    this.prelabels = task.prelabels ?? [];
    this.emptyOnPurpose = false;
    this.branch = null;
    this.question = null;
    this.keyPointer = null;
    this.lastPress = null;
    this.hint = null;
    this.selection.reset();
    this.extras = () => [];
    if (!sameSchema || this.tools.size === 0) {
      this.rows = toolsFor(task.schema);
      this.tools = new Map(this.rows.map((row) => [row.id, row.make(this)]));
      this.current = null;
    }
    this.store.open(task.base, task.deltas ?? [], task.baseSeq ?? 0);
    this.fitting = true;
    this.view = Viewport.fit(this.view.view, this.size);
    if (this.current === null) {
      const first = levelOf(task.schema, null).find((own) => !own.abstract && !hasChildren(task.schema, own.id));
      this.current = first && toolForKind(first.kinds?.[0] ?? (first.kinds?.length ? undefined : "box")) ? first.id : null;
      const kind = first?.kinds?.length ? first.kinds[0] : "box";
      this.toolId = this.settings.readOnly ? "select" : (first ? toolForKind(kind) : null) ?? "select";
      if (!this.tools.has(this.toolId)) this.toolId = "select";
    }
    if (this.settings.readOnly || this.settings.looking) this.toolId = "select";
    this.tool.enter();
    this.renderer.setViewport(this.view);
    this.renderer.invalidate();
    this.notify();
  }

  setPicture(picture: Picture | null): void {
    this.pictureNow?.close();
    this.pictureNow = picture;
    picture?.setAdjust(this.adjust);
    this.renderer.setPicture(picture);
    picture?.onReady(() => this.notify());
    this.notify();
  }

  close(): void {
    this.tool.exit();
    this.pictureNow?.close();
    this.renderer.destroy();
    this.listeners.clear();
  }

  // ---- what tools ask ----

  schema(): Schema { return this.schemaNow; }
  viewport(): Viewport { return this.view; }
  pictureSize(): Size { return this.size; }
  picture(): Picture | null { return this.pictureNow; }
  pixelMm(): number | null { return this.settings.pixelMm ?? null; }
  label(): string | null { return this.current; }

  skeletonFor(label: string | null): Skeleton | null {
    const id = this.schemaNow.classes?.find((own) => own.id === label)?.skeleton;
    return this.schemaNow.skeletons?.find((s) => s.id === id) ?? null;
  }

  styleFor(label: string | null | undefined): ClassStyle {
    const at = (this.schemaNow.classes ?? []).findIndex((own) => own.id === label);
    if (at < 0) return { colour: "#FFFFFF", pattern: "dash" };
    return classStyle(this.schemaNow, at, this.settings.palette);
  }

  edgesOf(mark: Pick<Mark, "geometry" | "label">): readonly (readonly [number, number])[] {
    const g = mark.geometry;
    if (g?.kind !== "keypoints") return NO_KEYS;
    const skeleton = this.schemaNow.skeletons?.find((s) => s.id === g.skeleton) ?? this.skeletonFor(mark.label ?? null);
    return skeleton?.edges ?? NO_KEYS;
  }

  className(label: string | null | undefined): string {
    const own = this.schemaNow.classes?.find((c) => c.id === label);
    return own ? nameOf(own, this.settings.language) : (label ?? "–");
  }

  tagFor(mark: Mark): string {
    const name = this.className(mark.label);
    return isSuggestion(mark) ? `${name}?${mark.score != null ? ` ${Math.round(mark.score * 100)}%` : ""}` : name;
  }

  /** What tells marks of one class apart in lists: the values of their choices. */
  detailOf(mark: Mark): string {
    return attributesFor(this.schemaNow, mark.label, mark.attrs)
      .flatMap((a) => { const v = mark.attrs?.[a.id]; return typeof v === "string" ? [valueName(a, v, this.settings.language)] : typeof v === "number" ? [`${v}`] : []; })
      .join(" · ");
  }

  add(geometry: Geometry, action: string, more: Partial<Mark> = {}, before: readonly Op[] = []): Mark | null {
    if (this.settings.readOnly) return null;
    const own = this.schemaNow.classes?.find((c) => c.id === this.current);
    if (own && (own.kinds ?? []).length > 0 && !own.kinds?.includes(geometry.kind)) {
      // Drawn with another tool than the class allows: keep the drawing, leave the class open.
      this.say("kindNotAllowed", { name: this.className(this.current) });
    }
    const fits = !own || (own.kinds ?? []).length === 0 || own.kinds?.includes(geometry.kind);
    const defaults = this.defaults(fits ? this.current : null);
    const mark: Mark = {
      id: markId(), geometry: tidy(geometry), ...(fits && this.current ? { label: this.current } : {}), ...(defaults ? { attrs: defaults } : {}), ...more,
    };
    const index = this.store.document.marks.length + before.reduce((sum, { op }) => sum + (op === "add" ? 1 : op === "remove" ? -1 : 0), 0);
    this.store.commit([...before, { op: "add", index, mark }], action);
    this.choose([mark.id], mark.label != null);
    return mark;
  }

  private defaults(label: string | null): Record<string, AttributeValue> | null {
    const entries = attributesFor(this.schemaNow, label, {}).filter((a) => a.default != null).map((a) => [a.id, a.default as AttributeValue] as const);
    return entries.length > 0 ? Object.fromEntries(entries) : null;
  }

  reshape(changes: readonly { id: string; geometry: Geometry }[], action: string): void {
    if (this.settings.readOnly) return;
    const ops: Op[] = [];
    const { blocked, ops: lost } = this.claimed(changes);
    for (const { id, geometry } of changes) {
      const mark = this.store.mark(id);
      if (!mark) continue;
      const mask = geometry.kind === "mask" && blocked ? fromPatch(without(toPatch(geometry), blocked), geometry.size) : null;
      if (mask && isEmptyMask(mask)) continue;
      ops.push(setField(mark, "geometry", mask ?? tidy(geometry)), ...touchOps(mark, "moved"));
    }
    this.store.commit([...ops, ...lost], action);
  }

  /** What masks that arrive at a new place take from those that are there. */
  private claimed(changes: readonly { id: string; geometry: Geometry }[]): Pick<Claim, "blocked" | "ops"> {
    const masks = changes.flatMap(({ geometry }) => (geometry.kind === "mask" ? [toPatch(geometry)] : []));
    if (masks.length === 0) return { blocked: null, ops: [] };
    return claim(this, masks.reduce((all, patch) => combine(all, patch, 1), NO_PIXELS), new Set(changes.map(({ id }) => id)));
  }

  commit(ops: Op[], action: string): void { if (!this.settings.readOnly) this.store.commit(ops, action); }

  choose(ids: Iterable<string>, soft = false): void {
    this.soft = soft;
    this.selection.set(ids);
  }

  lift(ids: Iterable<string>): void { this.renderer.lift(new Set(ids)); }
  refresh(): void { this.renderer.refresh(); }
  say(text: string | null, values: Record<string, string | number> = {}): void {
    this.hint = text === null ? null : { text, values };
    this.notify();
  }
  ask(question: string, x: number, y: number): Promise<string | null> { return this.callbacks.ask(question, x, y); }

  // ---- tools and classes ----

  get tool(): Tool { return this.tools.get(this.toolId) ?? this.idleTool; }
  private idleTool: Tool = new SelectTool(this);
  get activeTool(): string { return this.toolId; }
  get toolRows(): readonly ToolRow[] { return this.rows; }
  toolOf<T extends Tool>(id: string): T | undefined { return this.tools.get(id) as T | undefined; }
  addTool(id: string, tool: Tool): void { this.tools.set(id, tool); }

  setTool(id: string): void {
    if (!this.tools.has(id) || (this.settings.readOnly && id !== "select" && !TOOLS.find((row) => row.id === id)?.looks)) return;
    this.tool.exit();
    this.toolId = id;
    this.hint = null;
    this.tool.enter();
    this.notify();
  }

  /** Whether the chosen mark was just drawn: then a class key is for the next mark. */
  get softlyChosen(): boolean { return this.soft; }
  /** The next class key changes the chosen marks. */
  hardenChoice(): void { this.soft = false; this.say("pressClass"); }

  /** A class key or chip: relabel what is chosen on purpose, else take class and tool for the next marks. */
  pickClass(id: string): void {
    const own = this.schemaNow.classes?.find((c) => c.id === id);
    if (!own) return;
    if (own.abstract || hasChildren(this.schemaNow, id)) {
      this.branch = id;
      this.notify();
      if (own.abstract) return;
    }
    if ((own.kinds ?? []).length > 0 && own.kinds?.every((kind) => kind === "none")) { this.toggleTag(id); return; }
    this.keyPointer = null;
    const relabel = this.selection.size > 0 && (!this.soft || [...this.selection.ids].some((m) => this.store.mark(m)?.label == null));
    this.current = id;
    if (relabel) { this.relabel(id); return; }
    const kind = own.kinds?.length ? own.kinds[0] : this.toolKind() ?? "box";
    const tool = own.kinds?.length && own.kinds.includes(this.toolKind() ?? "") ? this.toolId : toolForKind(kind);
    this.selection.clear();
    if (tool && tool !== this.toolId) this.setTool(tool);
    this.notify();
  }

  private toolKind(): string | null {
    const row = TOOLS.find((r) => r.id === this.toolId);
    return row?.kinds?.[0] ?? null;
  }

  relabel(label: string): void {
    const ops: Op[] = [];
    for (const id of this.selection.ids) {
      const mark = this.store.mark(id);
      if (!mark || mark.label === label || this.selection.locked.has(id)) continue;
      ops.push(setField(mark, "label", label), ...touchOps(mark, "relabelled"));
    }
    this.commit(ops, "object.relabel");
  }

  /**
   * Classification: the class is said of the whole picture, or no longer said. In a tree the finer class stands for its
   * branches: choosing it takes theirs back, and a class with children opens them.
   */
  toggleTag(id: string): void {
    const { marks } = this.store.document;
    const tags = marks.filter((mark) => (mark.geometry?.kind ?? "none") === "none" && mark.label != null);
    const there = tags.find((mark) => mark.label === id);
    this.branch = !there && hasChildren(this.schemaNow, id) ? id : null;
    if (there) { this.commit(removeMarks(this.store.document, new Set([there.id])), "tag.remove"); this.notify(); return; }
    const above = ancestorsOf(this.schemaNow, id);
    const parent = this.schemaNow.classes?.find((c) => c.id === above[0]);
    const replaced = new Set(tags.filter((mark) => above.includes(mark.label ?? "") || (parent?.max === 1 && ancestorsOf(this.schemaNow, mark.label ?? "").includes(parent.id))).map((mark) => mark.id));
    const out = removeMarks(this.store.document, replaced);
    this.commit([...out, { op: "add", index: marks.length - replaced.size, mark: { id: markId(), geometry: { kind: "none" }, label: id } }], "tag.add");
    this.notify();
  }

  setItemAttribute(id: string, value: AttributeValue, step = false): void {
    const from = this.store.document.item_attrs[id] ?? null;
    this.commit([{ op: "item", field: id, from, to: value }], step ? "item.set.step" : "item.set");
  }

  setAttribute(id: string, value: AttributeValue): void {
    const ops: Op[] = [];
    for (const markId_ of this.selection.ids) {
      const mark = this.store.mark(markId_);
      if (!mark) continue;
      const attrs = { ...mark.attrs };
      if (value === null) delete attrs[id]; else attrs[id] = value;
      // Saying something else of a suggestion makes it hers, like another class.
      ops.push(setField(mark, "attrs", Object.keys(attrs).length > 0 ? attrs : null), ...touchOps(mark, "relabelled"));
    }
    this.commit(ops, "object.attribute.step");
  }

  // ---- view ----

  setViewSize(view: Size): void {
    if (view.w <= 0 || view.h <= 0) return;
    this.setView(this.fitting ? Viewport.fit(view, this.size) : this.view.resized(view), this.fitting);
  }

  setView(view: Viewport, fitting = false): void {
    this.fitting = fitting;
    this.view = view;
    this.renderer.setViewport(view);
    this.notify();
  }

  fit(): void { this.setView(Viewport.fit(this.view.view, this.size), true); }
  zoom(factor: number, at?: { x: number; y: number }): void {
    const { w, h } = this.view.view;
    this.setView(this.view.zoomAt(at?.x ?? w / 2, at?.y ?? h / 2, factor));
  }

  /** Bring a mark or a place into view if it is not there. */
  reveal(rect: Rect | undefined): void {
    if (!rect || isEmpty(rect)) return;
    const v = this.view.visible;
    const inside = rect.x0 >= v.x0 && rect.y0 >= v.y0 && rect.x1 <= v.x1 && rect.y1 <= v.y1;
    const large = (rect.x1 - rect.x0) * this.view.scale > 12 || (rect.y1 - rect.y0) * this.view.scale > 12;
    if (!inside || !large) this.setView(this.view.show(rect, 0.4));
  }

  setAdjust(adjust: Adjust): void { this.adjust = adjust; this.pictureNow?.setAdjust(adjust); this.notify(); }
  setHelps(helps: Partial<Helps>): void { this.helps = { ...this.helps, ...helps }; this.renderer.setHelps(this.helps); this.notify(); }

  // ---- drawing ----

  private overlays(): readonly Overlay[] {
    const { document } = this.store;
    const out: Overlay[] = [];
    if (document.relations.length > 0 && !this.selection.allHidden) out.push(...relationOverlays((id) => this.store.mark(id), document.relations));
    out.push(...this.extras(), ...this.tool.overlays());
    if (this.keyPointer) {
      const k = this.keyPointer, arm = 12 / this.view.scale;
      out.push(
        { kind: "line", xy: [k.x - arm, k.y, k.x + arm, k.y], colour: "#F6BE48" }, { kind: "line", xy: [k.x, k.y - arm, k.x, k.y + arm], colour: "#F6BE48" },
        { kind: "ring", x: k.x, y: k.y, radius: 6 / this.view.scale, colour: "#F6BE48" },
      );
    }
    return out;
  }

  private onStore(change: Change | null): void {
    if (!change) {
      this.index.load(this.store.document.marks, this.size.w, this.size.h);
      this.renderer.invalidate();
    } else {
      this.renderer.invalidate(...this.reindex(change));
      this.selection.prune((id) => this.store.mark(id) !== undefined);
      if (change.delta.action === "undo" || change.delta.action === "redo") this.chooseTouched(change);
      this.callbacks.changed(change);
    }
    this.notify();
  }

  /** After undo and redo the marks that came back or changed are chosen, so that the eye finds them. */
  private chooseTouched({ delta }: Change): void {
    const ids = new Set(delta.ops.flatMap((op) => (op.op === "add" ? [op.mark.id] : op.op === "set" || op.op === "move" ? [op.id] : [])));
    const there = [...ids].filter((id) => this.store.mark(id) !== undefined);
    if (there.length > 0) this.choose(there);
  }

  /** Bring the index up to date; returns what has to be painted anew. */
  private reindex({ delta }: Change): Rect[] {
    const ids = new Set<string>();
    for (const op of delta.ops) {
      if (op.op === "add" || op.op === "remove") ids.add(op.mark.id);
      else if (op.op === "set" || op.op === "move") ids.add(op.id);
    }
    const rects: Rect[] = [];
    for (const id of ids) {
      const before = this.index.rectOf(id);
      const mark = this.store.mark(id);
      const after = mark ? bounds(mark.geometry) : null;
      if (after && !isEmpty(after)) this.index.set(id, after); else this.index.delete(id);
      const rect = before && after && !isEmpty(after) ? union(before, after) : (before ?? after);
      if (rect && !isEmpty(rect)) rects.push(grow(rect, 1));
    }
    return rects;
  }

  // ---- telling the page ----

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Something that the panels show has changed; told once a microtask. */
  notify(): void {
    this.version++;
    this.renderer.refresh();
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      for (const listener of this.listeners) listener();
    });
  }
}

