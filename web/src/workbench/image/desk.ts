/**
 * The desk: takes tasks, opens them on the bench, keeps every change, hands answers in, goes on to the next.
 * Knows no React; the page reads `state` and calls the verbs.
 */
import { ActionRegistry, type KeyMap } from "../core/actions";
import { check, type Finding } from "../core/checks";
import { bounds } from "../core/geometry";
import { uuid } from "../core/ids";
import { isSuggestion, type AttributeValue } from "../core/model";
import { provenance } from "../core/provenance";
import type { Change } from "../core/store";
import { DraftSender } from "../outbox/drafts";
import { Journal, type TaskRecord } from "../outbox/journal";
import { Outbox } from "../outbox/outbox";
import type { Store } from "../outbox/db";
import { Supply } from "../outbox/supply";
import { NoAnswer, Refused, isChecking, type GuidelineLine, type Setup, type SubmissionBody, type Task } from "../outbox/wire";
import { KeypointsTool } from "../tools/points";
import { SelectTool } from "../tools/select";
import { editActions, objectActions, reviewActions, taskActions, toolActions, viewActions } from "./actions";
import { ActiveClock } from "./active";
import { Answering } from "./answering";
import type { ImageBench } from "./bench";
import * as commands from "./commands";
import { difference } from "./compare";
import { copiedFrom } from "./copied";
import { Pictures, sizeOf } from "./pictures";
import { PROFILES } from "./profiles";
import { Remarks } from "./remarks";
import { Reviewing } from "./reviewing";
import { keepRulesKnown, rulesKnown } from "./rules";
import { START, pixelMmOf, startOf, type DeskOptions, type DeskState, type Dialog, type Profile } from "./state";
import { KeyPointer } from "./pointer";
import { toolsFor } from "./toolbox";

export type { DeskHooks, DeskOptions, DeskState, Dialog, Profile } from "./state";

export class Desk {
  readonly registry: ActionRegistry<Desk>;
  readonly keyPointer: KeyPointer;
  readonly answering: Answering<Desk>;
  readonly reviewing: Reviewing;
  readonly remarks: Remarks;
  readonly outbox: Outbox;
  readonly supply: Supply;
  state: DeskState = START;
  private journal: Journal;
  private drafts: DraftSender | null = null;
  private pictures: Pictures;
  private record: TaskRecord | null = null;
  private clock = new ActiveClock();
  private openedAt = 0;
  private confirmed = "";
  private lastHandedIn: { id: string; task: string } | null = null;
  private listeners = new Set<() => void>();
  private closed = false;
  /** Tasks between the bench and the outbox: not to be taken again. */
  private leaving = new Set<string>();
  private mode: "work" | "review" | null = null;

  constructor(readonly bench: ImageBench, private readonly options: DeskOptions) {
    this.registry = new ActionRegistry<Desk>(this.keyMapOf(options.keys?.profile ?? "both", options.keys?.map ?? {}));
    this.keyPointer = new KeyPointer(bench);
    this.answering = new Answering(bench, this.registry, () => this.state.setup, options.language, options.yesNo, () => this.options.keys?.profile !== "right", () => void this.finish());
    this.journal = new Journal(options.store, (saved) => this.set({ saved: saved === "saved" ? "local" : saved }));
    this.outbox = new Outbox(options.store, options.server, options.tabs, options.account, (entry, answer) => {
      if (answer?.today) this.supply.setToday(answer.today);
      if (answer?.state === "extra") this.set({ extra: entry.name });
    });
    this.supply = new Supply(options.store, options.server, options.tabs, () => new Set([...this.outbox.tasks, ...this.leaving]), (task) => (options.kind === "review") === isChecking(task.mode));
    this.pictures = new Pictures(this.supply, options.server);
    this.reviewing = new Reviewing({
      bench, state: () => this.state, set: (change) => this.set(change), activeMs: () => this.clock.ms, handIn: (task, letter) => this.handIn(task, letter),
      stops: () => { const errors = this.runChecks().filter((f) => f.level === "error"); if (errors.length > 0) this.point(errors); return errors.length > 0; },
    });
    this.remarks = new Remarks(bench, options.server, (entry) => this.outbox.post(entry), () => this.state, (change) => this.set(change));
    this.outbox.subscribe(() => this.notify());
    let line = this.supply.state.line;
    this.supply.subscribe(() => {
      const was = line;
      line = this.supply.state.line;
      // What one of the two hears of the line, the other needs not find out by itself.
      if (was === "down" && line === "up") this.outbox.resume();
      this.notify();
      if (this.state.phase === "waiting") this.next();
    });
  }

  get store(): Store { return this.options.store; }
  get kind(): "work" | "review" { return this.options.kind; }
  get readOnly(): boolean { return this.state.task?.mode === "readonly"; }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async start(): Promise<void> {
    this.supply.prepare();
    await this.outbox.start();
    this.set({ phase: "waiting" });
    await this.supply.start();
    if (this.state.phase === "waiting") this.next();
  }

  /** The page goes away: everything unsaved is written now. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.saveTime();
    await this.journal.flush();
    await this.drafts?.send();
    this.drafts?.stop();
    this.outbox.close();
    this.supply.close();
    this.options.tabs.close();
  }

  /** Tab hidden or closing: the last moment in which the browser lets us write. */
  hidden(): void {
    this.saveTime();
    void this.journal.flush();
    void this.drafts?.send();
  }

  // ---- tasks ----

  /** Open the next task, if one is ready. */
  next(): void {
    const record = this.supply.take();
    if (!record) { this.clear(); return; }
    void this.open(record);
  }

  /** Nothing to do now: the stage is left empty, without the last task's marks. */
  private clear(): void {
    this.drafts?.stop();
    this.drafts = null;
    this.record = null;
    this.bench.setPicture(null);
    this.bench.open({ schema: {}, size: { w: 1, h: 1 }, base: { marks: [], relations: [], item_attrs: {} }, settings: { ...this.bench.settings, readOnly: true } });
    this.set({ phase: "waiting", task: null, setup: null, findings: [], saved: "none", menu: null, veiled: false });
  }

  private async open(record: TaskRecord): Promise<void> {
    const { task } = record;
    const setup = this.supply.setupOf(task);
    if (!setup) return;
    this.record = record;
    const begun = record.base !== undefined;
    if (!record.base) {
      const [base, seq] = startOf(task, this.options.hooks?.plain === true);
      record.base = base;
      record.baseSeq = seq;
      record.sentSeq = task.draft ? seq : null;
    }
    // A task opened for the first time has no journal: nothing to read, nothing to wait for.
    const deltas = begun ? (await this.journal.open(task.id)).deltas.filter((delta) => delta.seq > (record.baseSeq ?? 0)) : [];
    if (this.record !== record) return;
    this.clock.start(record.activeMs ?? 0);
    this.openedAt = performance.now();
    this.bench.store.clock = () => performance.now() - this.openedAt;
    this.register(task, setup);
    const size = sizeOf(task);
    this.bench.open({
      schema: setup.schema, size, base: record.base, baseSeq: record.baseSeq ?? 0, deltas,
      prelabels: task.mode === "work" || task.mode === "rework" ? task.prelabels : [],
      settings: { language: this.options.language(), minSize: setup.settings.min_size_px ?? 3, palette: setup.colours?.length ? setup.colours : undefined, readOnly: task.mode === "readonly", pixelMm: pixelMmOf(task), looking: isChecking(task.mode) },
    });
    this.drafts?.stop();
    this.drafts = task.mode === "review" || task.mode === "readonly" ? null : new DraftSender(
      this.options.server,
      { task: task.id, lease: task.lease, document: () => this.bench.store.document, lastSeq: () => this.bench.store.lastSeq, activeMs: () => this.clock.ms },
      record.sentSeq ?? null,
      (seq, ok, isHeld) => {
        if (this.record !== record || !ok || seq === null) return;
        record.sentSeq = seq;
        if (isHeld) this.supply.held();
        else this.bench.say("leaseOver");
        if (!this.journal.pending) this.set({ saved: "server" });
      },
    );
    this.confirmed = "";
    const diff = task.mode === "review" && task.before_previous && task.previous ? difference(task.before_previous.marks, task.previous.marks) : null;
    this.set({
      phase: "ready", task, setup, findings: [], dialog: task.mode === "rework" && (task.findings?.length ?? 0) > 0 ? "returned" : null, saved: deltas.length > 0 ? "local" : "none", restored: deltas.length,
      reviewFindings: [], comments: task.comments ?? [], diff, compare: task.mode === "arbitrate", pictureFailed: false,
      veiled: setup.settings.sensitive === true, menu: null,
    });
    // The first version she meets is the one from which changes are told.
    if (rulesKnown(this.options.account, setup.id) === null) keepRulesKnown(this.options.account, setup.id, setup.guideline.version);
    this.bench.extras = () => this.remarks.overlays();
    this.bench.setPicture(this.pictures.open(task, () => this.set({ pictureFailed: true })));
    if (!begun) void this.supply.save(record);
    const following = this.supply.peek(task.id);
    if (following) this.pictures.prepare(following.task);
  }

  private register(task: Task, setup: Setup): void {
    const mode = task.mode === "review" ? "review" : "work";
    const { registry } = this;
    if (this.mode === mode && this.setupNow === setup) return;
    this.mode = mode;
    this.setupNow = setup;
    registry.unregister(() => true);
    const task_ = taskActions().filter((action) => mode === "work" || (action.id !== "task.finish" && action.id !== "task.skip" && action.id !== "task.empty"))
      .filter((action) => action.id !== "task.skip" || this.options.hooks?.noSkip !== true);
    // The schema decides which tools have keys; letters that are left over go to the classes.
    registry.register(...task_, ...(mode === "review" ? reviewActions() : []), ...editActions(), ...objectActions(), ...viewActions().filter((action) => action.id !== "view.veil" || setup.settings.sensitive === true), ...toolActions(toolsFor(setup.schema)));
    registry.register({ id: "tool.comment", group: "tool", keys: ["Shift+KeyT"], perform: (d) => { d.bench.addTool("comment", d.remarks.commentTool()); d.bench.setTool("comment"); } });
    this.classSlots();
  }
  private setupNow: Setup | null = null;

  /** Keys of classes are actions too, so that the registry can refuse clashes and the help sheet shows them. */
  private classSlots(): void {
    const free = [...Array.from({ length: 10 }, (_, i) => `Digit${(i + 1) % 10}`), ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (c) => `Key${c}`)]
      .filter((code) => this.registry.ownerOf(code) === undefined);
    const numpad = this.options.keys?.profile === "right" ? Array.from({ length: 10 }, (_, i) => `Numpad${(i + 1) % 10}`) : [];
    this.registry.register(...[...numpad, ...free].map((code) => ({
      id: `class.key.${code}`, group: "class" as const, keys: [code],
      enabled: (d: Desk) => d.answering.chips().some((chip) => chip.key === code),
      perform: (d: Desk) => { const chip = d.answering.chips().find((c) => c.key === code); if (chip) d.answering.pick(chip); },
    })));
  }

  // ---- keys that depend on what is chosen ----

  tab(by: 1 | -1): void { commands.step(this.bench, by); }

  bracket(by: 1 | -1): void {
    if (["brush", "eraser"].includes(this.bench.activeTool)) {
      const { options } = this.bench;
      options.brush = Math.max(1, Math.min(400, Math.round(options.brush * (by > 0 ? 1.25 : 0.8)) + (by > 0 ? 1 : 0)));
      this.bench.notify();
    } else commands.turnBy(this.bench, by);
  }

  stepPoint(by: 1 | -1): void {
    const { tool } = this.bench;
    if (tool instanceof KeypointsTool && tool.advance(by)) return;
    if (tool instanceof SelectTool) tool.stepVertex(by);
  }

  toggleHiddenPoint(): void {
    const { tool } = this.bench;
    if (!(tool instanceof KeypointsTool) || tool.activeIndex === null) return;
    const g = commands.chosen(this.bench)[0]?.geometry;
    if (g?.kind === "keypoints") tool.setVisibility(g.v[tool.activeIndex] === 1 ? 2 : 1);
  }

  // ---- handing in ----

  /** Check, and hand in; a second press confirms what may be confirmed. */
  async finish(): Promise<void> {
    const { task, setup } = this.state;
    if (!task || !setup || this.state.phase !== "ready") return;
    if (task.mode === "readonly") { this.leave(); return; }
    if (task.mode === "review") { this.reviewing.review("accept"); return; }
    if (this.bench.tool.busy && !this.bench.tool.complete()) this.bench.tool.cancel();
    const findings = this.runChecks();
    const question = JSON.stringify(findings.map((f) => [f.code, f.mark, f.attribute]));
    const stops = findings.some((f) => f.level === "error") || (findings.length > 0 && this.confirmed !== question);
    if (stops) {
      this.confirmed = findings.some((f) => f.level === "error") ? "" : question;
      this.point(findings);
      return;
    }
    if (findings.some((f) => f.code === "empty")) this.bench.emptyOnPurpose = true;
    const body = this.answerBody(task);
    const more = (await this.options.hooks?.beforeHandIn?.(body)) ?? [];
    if (more.length > 0) { this.point(more); return; }
    this.handIn(task, { kind: "submission", body });
    const word = this.options.hooks?.afterHandIn?.();
    if (word) this.bench.say(word.text, word.values);
  }

  /** "There is nothing here": the empty answer, said on purpose. */
  async sayEmpty(): Promise<void> {
    this.bench.emptyOnPurpose = true;
    await this.finish();
  }

  runChecks(): Finding[] {
    const { setup, task } = this.state;
    if (!setup || !task) return [];
    const { w, h } = sizeOf(task);
    return check(this.bench.store.document, setup.schema, { width: w, height: h, minSize: this.bench.settings.minSize, language: this.options.language(), emptyOnPurpose: this.bench.emptyOnPurpose });
  }

  private point(findings: readonly Finding[]): void {
    this.set({ findings });
    const first = findings.find((f) => f.mark !== undefined);
    if (first) this.goTo(first);
  }

  /** Show where a finding points. */
  goTo(finding: Pick<Finding, "mark" | "place">): void {
    if (finding.mark !== undefined && this.bench.store.mark(finding.mark)) this.bench.choose([finding.mark]);
    this.bench.reveal(finding.place ?? bounds(this.bench.store.mark(finding.mark ?? "")?.geometry));
  }

  private answerBody(task: Task): SubmissionBody {
    const document = this.bench.store.document;
    const { counts, deleted } = provenance(this.bench.prelabels, document);
    const marks = document.marks.filter((mark) => !isSuggestion(mark));
    return {
      id: uuid(), task: task.id, lease: task.lease, marks, relations: document.relations, item_attrs: document.item_attrs,
      empty: marks.length === 0 && this.bench.emptyOnPurpose, active_ms: this.clock.ms, guideline_version: task.guideline_version, schema_version: task.schema_version,
      provenance: counts, deleted_prelabels: deleted,
      client: { made_at: new Date().toISOString(), build: this.options.build, offline: this.outbox.state.line === "down" },
    };
  }

  private handIn(task: Task, letter: Parameters<Outbox["post"]>[0]["letter"], id: string = letter.kind === "submission" || letter.kind === "review" ? letter.body.id : uuid()): void {
    const { document } = this.bench.store;
    this.bench.previous = copiedFrom(document, document.marks.filter((mark) => !isSuggestion(mark)));
    this.journal.drop(task.id);
    this.drafts?.stop();
    this.drafts = null;
    this.record = null;
    this.lastHandedIn = letter.kind === "submission" ? { id, task: task.id } : null;
    // One transaction puts the answer in and takes the journal out: a crash leaves one of the two, never none.
    this.leaving.add(task.id);
    // What is being written now must be there to be taken out: left behind, it would be replayed on a reopened answer.
    void Promise.allSettled([this.journal.flush()]).then(() => this.journal.keys(task.id))
      .then((keys) => this.outbox.post({ id, task: task.id, name: task.item.name, letter }, [...keys, ...this.supply.keysOf(task.id)]))
      .finally(() => this.leaving.delete(task.id));
    this.supply.forget(task.id);
    this.set({ handedIn: this.state.handedIn + 1 });
    this.next();
  }

  skip(reason: string, text: string): void {
    const { task } = this.state;
    if (!task) return;
    this.closeDialog();
    this.handIn(task, { kind: "skip", body: { lease: task.lease, reason, ...(text ? { text } : {}) } });
  }

  /** Whether a rejection may be contested here. */
  get canAppeal(): boolean {
    const { task } = this.state;
    return task?.mode === "rework" && task.previous !== null && (task.findings ?? []).length > 0 && this.options.server.appeal !== undefined;
  }

  /** "I think it is right": the rejected answer goes to somebody else to look at, and the next task comes. */
  appeal(text: string): void {
    const { task } = this.state;
    if (!task?.previous || !this.canAppeal) return;
    this.closeDialog();
    this.bench.say("appealSent");
    this.handIn(task, { kind: "appeal", body: { submission: task.previous.id, text } });
  }

  /** Go back to the answer handed in before: taken back from the outbox, or reopened at the server. */
  async back(): Promise<void> {
    const last = this.lastHandedIn;
    if (!last) { this.bench.say("nothingBefore"); return; }
    if (this.outbox.tasks.has(last.task)) { this.bench.say("backWaits"); return; }
    try {
      await this.options.server.reopen(last.id);
      this.lastHandedIn = null;
      if (this.state.task) this.supply.release(this.state.task.id);
      await this.journal.flush();
      const record = await this.supply.fetchOne();
      if (record) await this.open(record); else this.next();
    } catch (error) {
      if (error instanceof Refused) this.bench.say("backRefused", { reason: this.options.language().startsWith("zh") ? error.zh : error.en });
      else if (error instanceof NoAnswer) this.bench.say("backNoLine");
      else throw error;
    }
  }

  leave(): void { void this.close().then(() => this.options.onLeave()); }

  // ---- the guideline: what she knows of it ----

  /** The version she read before this one; null when this is the first she meets, or nothing changed since. */
  rulesBefore(): number | null {
    const { setup } = this.state;
    const known = setup ? rulesKnown(this.options.account, setup.id) : null;
    return setup && known !== null && known < setup.guideline.version ? known : null;
  }

  /** She has read, or waved through, the guideline in force. */
  rulesRead(): void {
    const { setup } = this.state;
    if (setup) keepRulesKnown(this.options.account, setup.id, setup.guideline.version);
    this.set({});
  }

  rulesChange(project: string, before: number, after: number): Promise<GuidelineLine[]> {
    return this.options.server.guidelineChange(project, before, after);
  }

  // ---- page state ----

  show(dialog: Dialog): void { this.set({ dialog }); }
  toggle(dialog: Dialog): void { this.set({ dialog: this.state.dialog === dialog ? null : dialog }); }
  openMenu(x: number, y: number, about: "marks" | "picture" = "marks"): void { this.set({ menu: { x, y, about } }); }
  closeMenu(): void { if (this.state.menu) { this.set({ menu: null }); document.querySelector<HTMLElement>(".wb-stage")?.focus({ preventScroll: true }); } }
  closeDialog(): boolean {
    const asked = this.outbox.state.line === "login" && !this.state.loginLater;
    if (this.state.dialog === null && !asked) return false;
    this.set({ dialog: null, loginLater: this.outbox.state.line === "login" });
    return true;
  }
  /** Blur an upsetting picture, or show it. */
  veil(on: boolean): void { this.set({ veiled: on }); }
  get sensitive(): boolean { return this.state.setup?.settings.sensitive === true; }
  togglePanel(): void { this.set({ panel: !this.state.panel }); }
  dismissFindings(): void { this.set({ findings: [] }); }
  dismissExtra(): void { this.set({ extra: null }); }
  dismissRest(): void { this.set({ rest: false }); }

  setKeys(profile: Profile, map: KeyMap): void {
    const merged = this.keyMapOf(profile, map);
    // Classes give way: their keys are handed out anew after the actions have theirs.
    const before = this.registry.keyMap;
    this.registry.unregister((action) => action.id.startsWith("class.key."));
    try {
      this.registry.rebind(merged);
      this.options.keys = { profile, map };
    } catch (error) {
      this.registry.rebind(before);
      this.classSlots();
      throw error;
    }
    this.answering.forget();
    this.classSlots();
    this.notify();
  }
  get keys(): { profile: Profile; map: KeyMap } { return this.options.keys ?? { profile: "both", map: {} }; }
  private keyMapOf(profile: Profile, map: KeyMap): KeyMap { return { ...PROFILES[profile], ...map }; }

  /** The browser says that the line is back. */
  online(): void {
    this.outbox.resume();
    void this.supply.fill();
  }

  async loggedIn(): Promise<boolean> {
    const same = await this.outbox.loggedIn();
    if (same) { this.set({ loginLater: false }); await this.supply.loggedIn(); void this.drafts?.send(); }
    return same;
  }

  /** A key or the pointer was used. */
  touch(): void {
    this.clock.touch();
    if (this.clock.timeToRest()) this.set({ rest: true });
  }

  /** The bench has a new delta. */
  changed(change: Change): void {
    const { task } = this.state;
    if (!task || task.mode === "readonly") return;
    this.journal.add(task.id, change.delta);
    this.drafts?.add(change.delta);
    this.confirmed = "";
    // What practice said stays until the next try: it is being put right.
    if (this.state.findings.length > 0) this.set({ findings: [...this.state.findings.filter((f) => f.code === "practice"), ...this.runChecks()] });
  }

  setItem(id: string, value: AttributeValue): void { this.bench.setItemAttribute(id, value, true); this.answering.goOn(); }

  private saveTime(): void {
    if (!this.record) return;
    this.record.activeMs = this.clock.ms;
    void this.supply.save(this.record);
  }

  private set(change: Partial<DeskState>): void {
    this.state = { ...this.state, ...change };
    this.notify();
  }

  private notify(): void { for (const listener of this.listeners) listener(); }
}
