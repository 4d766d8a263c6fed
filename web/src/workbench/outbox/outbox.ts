/**
 * The outbox: what was handed in waits here, on disk, until the server has acknowledged it. In order within a task,
 * retried with growing pauses, refused ones parked with their reason. It belongs to one account.
 */
import { StorageFull, type Store } from "./db";
import type { Tabs } from "./tabs";
import { NoAnswer, Refused, type ReviewBody, type Sent, type SubmissionBody, type WorkServer } from "./wire";

export type Letter =
  | { kind: "submission"; body: SubmissionBody }
  | { kind: "review"; body: ReviewBody }
  | { kind: "skip"; body: { lease: string; reason: string; text?: string } }
  | { kind: "appeal"; body: { submission: string; text: string } }
  | { kind: "give_back"; body: { lease: string } }
  | { kind: "comment"; task: string; body: { place?: [number, number]; mark?: string; text: string } }
  | { kind: "question"; project: string; task: string; text: string };

/** Words about a task; they neither end it nor wait for its answer. */
const isTalk = (entry: Entry): boolean => entry.letter.kind === "comment" || entry.letter.kind === "question";

export interface Entry {
  id: string;
  task: string;
  /** Name of the item, for people. */
  name: string;
  order: number;
  letter: Letter;
  attempts: number;
  nextAt: number;
  parked?: { status: number; code: string; zh: string; en: string };
}

export interface OutboxState {
  waiting: number;
  sending: boolean;
  parked: readonly Entry[];
  /** Answers acknowledged since the page was opened. */
  sent: number;
  line: "up" | "down" | "login" | "other_account";
}

/** Pause before try number `attempts` + 1: 1 s doubling to a minute, with a fifth of chance so that a base's PCs do not knock together. */
export function pause(attempts: number, random: () => number = Math.random, most = 60_000): number {
  return Math.min(most, 1000 * 2 ** Math.max(0, attempts - 1)) * (0.9 + 0.2 * random());
}

/** Longest pause while there is no line: a knock that reaches nobody burdens nobody, and she waits for it. */
const NO_LINE_MS = 15_000;

/** Answers that may be different when tried again. */
const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 408 || status === 425;

export class Outbox {
  private entries: Entry[] = [];
  private listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pumping = false;
  private line: OutboxState["line"] = "up";
  private sentCount = 0;
  private snapshot: OutboxState | null = null;
  private closed = false;
  private nextOrder = 1;
  /** Letters that are only in memory: being written, or without room on this PC. */
  private posting = new Set<string>();
  private writing = new Set<string>();

  constructor(
    private readonly store: Store, private readonly server: WorkServer, private readonly tabs: Tabs, readonly account: string,
    private readonly onSent: (entry: Entry, answer: Sent | null) => void = () => undefined,
    private readonly now: () => number = Date.now,
  ) {}

  async start(): Promise<void> {
    this.tabs.listen(() => void this.reload().then(() => this.pump()));
    await this.tabs.survey();
    await this.reload();
    this.resume();
  }

  /** The line may be back (a new sitting, the browser says so): pauses are over. */
  resume(): void {
    for (const entry of this.entries) entry.nextAt = 0;
    void this.pump();
  }

  get state(): OutboxState {
    return (this.snapshot ??= {
      waiting: this.entries.filter((entry) => !entry.parked && !isTalk(entry)).length,
      sending: this.pumping,
      parked: this.entries.filter((entry) => entry.parked),
      sent: this.sentCount,
      line: this.line,
    });
  }

  /** Tasks whose answer is here and not acknowledged. */
  get tasks(): ReadonlySet<string> { return new Set(this.entries.filter((entry) => !isTalk(entry)).map((entry) => entry.task)); }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Hand a letter over. When this resolves it is on disk (where there is one) and will be sent.
   *
   * @param remove keys that leave the storage in the same transaction (the task's journal).
   */
  async post(entry: Pick<Entry, "id" | "task" | "name" | "letter">, remove: readonly { store: "journal" | "tasks" | "media"; key: string }[] = []): Promise<void> {
    const full: Entry = { ...entry, order: this.nextOrder++, attempts: 0, nextAt: 0 };
    this.entries.push(full);
    this.posting.add(full.id);
    this.writing.add(full.id);
    try {
      await this.store.putAll([{ store: "outbox", key: full.id, value: full }], remove);
    } catch (error) {
      // No room on this PC: it stays in memory and leaves at once; the page says so.
      if (!(error instanceof StorageFull)) throw error;
      this.writing.delete(full.id);
      this.tell();
      void this.pump();
      return;
    }
    this.writing.delete(full.id);
    this.posting.delete(full.id);
    this.tell();
    this.tabs.changed();
    void this.pump();
  }

  /** Try again what was refused (the reason has been removed), or everything now. */
  async retry(id?: string): Promise<void> {
    for (const entry of this.entries) {
      if (id !== undefined && entry.id !== id) continue;
      delete entry.parked;
      entry.nextAt = 0;
      await this.keep(entry);
    }
    this.tell();
    void this.pump();
  }

  /**
   * Take a refused answer back to the bench: it becomes the task's draft on the server, and the task comes again with it.
   * Only while the task is still hers; else it stays here, so that nothing is lost.
   */
  async takeBack(id: string): Promise<boolean> {
    const entry = this.entries.find((one) => one.id === id);
    if (!entry?.parked || entry.letter.kind !== "submission") return false;
    const { lease, marks, relations, item_attrs, active_ms } = entry.letter.body;
    // Later than any change made at the bench, so that an older draft does not stand in its way.
    const seq = this.now();
    try {
      const kept = await this.server.draft(entry.task, { lease, seq, base: null, marks, relations, item_attrs, active_ms });
      if (kept.until === null || kept.seq !== seq) return false;
    } catch (error) {
      if (error instanceof NoAnswer || error instanceof Refused) return false;
      throw error;
    }
    await this.store.delete("outbox", entry.id);
    this.entries = this.entries.filter((other) => other !== entry);
    this.posting.delete(entry.id);
    this.tell();
    this.tabs.changed();
    return true;
  }

  /** The person has logged in again. Her own work goes on; somebody else's is left where it is. */
  async loggedIn(): Promise<boolean> {
    const who = await this.server.whoAmI();
    this.setLine(who === this.account ? "up" : who === null ? "login" : "other_account");
    if (this.line === "up") void this.pump();
    return this.line === "up";
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  /** Send whatever may be sent now. */
  async pump(): Promise<void> {
    if (this.pumping || this.closed || this.line === "login" || this.line === "other_account") return;
    clearTimeout(this.timer);
    const due = this.due();
    if (due.length === 0) { this.wait(); return; }
    if (!this.tabs.claim("sender")) { this.timer = setTimeout(() => void this.reload().then(() => this.pump()), 3000); return; }
    this.pumping = true;
    this.tell();
    try {
      for (let entry = this.due()[0]; entry && !this.closed; entry = this.due()[0]) {
        if (!(await this.send(entry))) break;
      }
    } finally {
      this.pumping = false;
      this.tell();
    }
    this.wait();
  }

  /** First letters of each task that are not parked and whose pause is over. */
  private due(): Entry[] {
    const blocked = new Set<string>();
    const now = this.now();
    return this.entries.filter((entry) => {
      const may = !blocked.has(entry.task) && !entry.parked && entry.nextAt <= now && !this.writing.has(entry.id);
      blocked.add(entry.task);
      return may;
    });
  }

  private async send(entry: Entry): Promise<boolean> {
    try {
      const answer = await this.deliver(entry);
      await this.store.delete("outbox", entry.id);
      this.entries = this.entries.filter((other) => other !== entry);
      this.posting.delete(entry.id);
      this.sentCount++;
      this.setLine("up");
      this.tabs.changed();
      this.onSent(entry, answer);
      return true;
    } catch (error) {
      if (error instanceof NoAnswer) return this.later(entry, null, "down");
      if (!(error instanceof Refused)) {
        // A fault of ours must not hold up what is handed in: it is told, and the letter tried again.
        reportError(error);
        return this.entries.includes(entry) ? this.later(entry, null, "up") : true;
      }
      if (error.status === 401) { this.setLine("login"); return false; }
      if (isPassing(error.status)) return this.later(entry, error.retryAfter, "up");
      entry.parked = { status: error.status, code: error.code, zh: error.zh, en: error.en };
      await this.keep(entry);
      this.setLine("up");
      return true;
    }
  }

  private async deliver(entry: Entry): Promise<Sent | null> {
    const { letter } = entry;
    switch (letter.kind) {
      case "submission": return this.server.submit(letter.body);
      case "review": return this.server.review(letter.body);
      case "skip": await this.server.skip(entry.task, letter.body); return null;
      case "appeal": await this.server.appeal?.(letter.body.submission, letter.body.text); return null;
      case "comment": await this.server.comment(letter.task, letter.body); return null;
      case "question": await this.server.question(letter.project, letter.text, letter.task); return null;
      case "give_back": await this.server.giveBack(entry.task, letter.body.lease); return null;
    }
  }

  private async later(entry: Entry, retryAfter: number | null, line: "up" | "down"): Promise<boolean> {
    entry.attempts++;
    entry.nextAt = this.now() + (retryAfter !== null ? retryAfter * 1000 : pause(entry.attempts, Math.random, line === "down" ? NO_LINE_MS : undefined));
    await this.keep(entry);
    this.setLine(line);
    // With the line down every other letter would fail as well.
    return line === "up";
  }

  private async keep(entry: Entry): Promise<void> {
    try {
      await this.store.put("outbox", entry.id, entry);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
    }
  }

  private wait(): void {
    clearTimeout(this.timer);
    if (this.closed || this.line === "login" || this.line === "other_account") return;
    const times = this.entries.filter((entry) => !entry.parked).map((entry) => entry.nextAt);
    if (times.length > 0) this.timer = setTimeout(() => void this.pump(), Math.max(50, Math.min(...times) - this.now()));
    else this.tabs.release("sender");
  }

  private async reload(): Promise<void> {
    if (this.pumping) return;
    const stored = await this.store.list<Entry>("outbox");
    if (this.closed) return;
    const known = new Set(stored.map(({ key }) => key));
    const unwritten = this.entries.filter((entry) => this.posting.has(entry.id) && !known.has(entry.id));
    this.entries = [...stored.map(({ value }) => value), ...unwritten].sort((a, b) => a.order - b.order);
    this.nextOrder = Math.max(this.nextOrder, ...this.entries.map((entry) => entry.order + 1));
    this.tell();
  }

  private setLine(line: OutboxState["line"]): void {
    if (this.line === line) return;
    this.line = line;
    this.tell();
  }

  private tell(): void {
    this.snapshot = null;
    for (const listener of this.listeners) listener();
  }
}
