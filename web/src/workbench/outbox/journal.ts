/** The journal of a task: its deltas on this PC's disk within half a second, and where they started from. */
import type { Delta, Document } from "../core/deltas";
import { StorageFull, type Store } from "./db";
import type { Task } from "./wire";

export const JOURNAL_MS = 150;

export interface TaskRecord {
  task: Task;
  /** Document the journal starts from; set when the task is opened for the first time. */
  base?: Document;
  baseSeq?: number;
  /** Active milliseconds spent so far. */
  activeMs?: number;
  /** Last delta that the server's draft holds. */
  sentSeq?: number | null;
  /** When it came, and when its lease was last known to be prolonged, by this PC's clock (which may be wrong, but runs). */
  heldAt?: number;
  /** Order in which tasks were taken. */
  order: number;
}

const deltaKey = (task: string, seq: number): string => `${task}/${String(seq).padStart(9, "0")}`;

export class Journal {
  private waiting: { task: string; delta: Delta }[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** True while changes are only in memory. */
  get pending(): boolean { return this.waiting.length > 0; }

  constructor(private readonly store: Store, private readonly onState: (state: "saving" | "saved" | "full") => void) {}

  async open(task: string): Promise<{ record: TaskRecord | undefined; deltas: Delta[] }> {
    const [record, entries] = await Promise.all([this.store.get<TaskRecord>("tasks", task), this.store.list<Delta>("journal", `${task}/`)]);
    return { record, deltas: entries.map((entry) => entry.value) };
  }

  /** Keep a delta; it is on disk within half a second. */
  add(task: string, delta: Delta): void {
    this.waiting.push({ task, delta });
    this.onState("saving");
    this.timer ??= setTimeout(() => void this.flush(), JOURNAL_MS);
  }

  /** Write what waits, now. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const write = async (): Promise<void> => {
      // A copy: what is added while these are written is not written with them.
      const batch = [...this.waiting];
      if (batch.length === 0) return;
      try {
        await this.store.putAll(batch.map(({ task, delta }) => ({ store: "journal", key: deltaKey(task, delta.seq), value: delta })));
        // What was handed in meanwhile says nothing about the task that is open now.
        const meant = this.waiting.some((entry) => batch.includes(entry));
        this.waiting = this.waiting.filter((entry) => !batch.includes(entry));
        if (meant && this.waiting.length === 0) this.onState("saved");
      } catch (error) {
        // They stay in memory and go to the server with the next draft; the page says so.
        if (!(error instanceof StorageFull)) throw error;
        this.onState("full");
        this.timer ??= setTimeout(() => void this.flush(), 5000);
      }
    };
    // A write that failed must not stop those after it.
    this.writing = this.writing.then(write, write);
    return this.writing;
  }

  /** Keys of a task's deltas, for the transaction that closes it. */
  async keys(task: string): Promise<{ store: "journal"; key: string }[]> {
    return (await this.store.list("journal", `${task}/`)).map(({ key }) => ({ store: "journal", key }));
  }

  /** Forget what waits for a task that has been handed in. */
  drop(task: string): void { this.waiting = this.waiting.filter((entry) => entry.task !== task); }
}
