/** The next tasks: taken ahead, with their pictures as Blobs, so that the next one is on screen at once. */
import { StorageFull, type Store } from "./db";
import type { TaskRecord } from "./journal";
import type { Tabs } from "./tabs";
import { NoAnswer, Refused, type Setup, type Task, type Today, type WorkServer } from "./wire";

/** Tasks kept ready. */
export const AHEAD = 5;
const MEDIA_AT_ONCE = 2;

export interface SupplyState {
  ready: number;
  fetching: boolean;
  line: "up" | "down" | "login";
  empty: { reason: string; zh: string; en: string } | null;
  today: Today | null;
}

export class Supply {
  private records: TaskRecord[] = [];
  private setups = new Map<string, Setup>();
  private media = new Map<string, Promise<Blob | null>>();
  private busy = false;
  private queue: { task: string; kind: "preview" | "full"; url: string; resolve: (blob: Blob | null) => void }[] = [];
  private loading = 0;
  private listeners = new Set<() => void>();
  private current: SupplyState = { ready: 0, fetching: false, line: "up", empty: null, today: null };
  private order = 1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private full = false;

  constructor(
    private readonly store: Store, private readonly server: WorkServer, private readonly tabs: Tabs,
    /** Tasks whose answer waits in the outbox: the server still counts them as ours. */
    private readonly handedIn: () => ReadonlySet<string>,
    private readonly wanted: (task: Task) => boolean = () => true,
  ) {}

  get state(): SupplyState { return this.current; }
  subscribe(listener: () => void): () => void { this.listeners.add(listener); return () => this.listeners.delete(listener); }

  /** Load what an earlier sitting left, then fill up. */
  async start(): Promise<void> {
    const stored = await this.store.list<TaskRecord>("tasks");
    const setups = await this.store.list<Setup>("setups");
    for (const { key, value } of setups) this.setups.set(key, value);
    const done = this.handedIn();
    this.records = stored.map(({ value }) => value).filter((record) => !done.has(record.task.id)).sort((a, b) => a.order - b.order);
    this.order = Math.max(1, ...this.records.map((record) => record.order + 1));
    this.prefetch();
    this.set({});
    await this.fill();
  }

  /** The next task that no other tab has open; begun ones first. Null when none is ready. */
  take(except?: string): TaskRecord | null {
    const free = this.records.filter((record) => record.task.id !== except && this.wanted(record.task) && !this.tabs.elsewhere(record.task.id));
    free.sort((a, b) => Number(b.base !== undefined) - Number(a.base !== undefined) || a.order - b.order);
    for (const record of free) {
      if (!this.setups.has(setupKey(record.task))) continue;
      if (this.tabs.claim(record.task.id)) return record;
    }
    return null;
  }

  /** The task that would come after `current`, without taking it. */
  peek(current: string): TaskRecord | undefined {
    return this.records.find((record) => record.task.id !== current && this.wanted(record.task) && !this.tabs.elsewhere(record.task.id));
  }

  /** Ask for one task more than usual: the one that has just been reopened. Null when none came. */
  async fetchOne(): Promise<TaskRecord | null> {
    const answer = await this.server.next(1, this.records.map((record) => record.task.id));
    await this.add(answer.tasks);
    this.set({ today: answer.today });
    const record = answer.tasks[0] ? this.record(answer.tasks[0].id) : undefined;
    return record && this.tabs.claim(record.task.id) ? record : null;
  }

  record(task: string): TaskRecord | undefined { return this.records.find((record) => record.task.id === task); }

  /** Keep what changed about a task (its base, its time). */
  async save(record: TaskRecord): Promise<void> {
    try {
      await this.store.put("tasks", record.task.id, record);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      await this.makeRoom();
    }
  }

  setupOf(task: Task): Setup | undefined { return this.setups.get(setupKey(task)); }

  /** The task is done with here; its storage was cleared together with the outbox entry. */
  forget(task: string): void {
    this.records = this.records.filter((record) => record.task.id !== task);
    this.media.delete(`${task}/preview`);
    this.media.delete(`${task}/full`);
    this.tabs.release(task);
    this.set({});
    void this.fill();
  }

  /** Storage keys of a task, to be removed with the transaction that hands it in. */
  keysOf(task: string): { store: "tasks" | "media"; key: string }[] {
    return [{ store: "tasks", key: task }, { store: "media", key: `${task}/preview` }, { store: "media", key: `${task}/full` }];
  }

  /** Put a task back to the front (it was left unfinished). */
  release(task: string): void { this.tabs.release(task); this.set({}); }

  /** Bytes of a picture: from memory, from this PC, or from the line. Null when it cannot be had now. */
  blob(task: Task, kind: "preview" | "full"): Promise<Blob | null> {
    const key = `${task.id}/${kind}`;
    const url = kind === "preview" ? (task.item.urls.preview ?? task.item.urls.full) : (task.item.urls.full ?? task.item.urls.preview);
    let promise = this.media.get(key);
    if (!promise) {
      promise = url ? this.load(task.id, kind, url) : Promise.resolve(null);
      this.media.set(key, promise);
      void promise.then((blob) => { if (!blob) this.media.delete(key); });
    }
    return promise;
  }

  /** Take tasks until enough are ready. */
  async fill(): Promise<void> {
    if (this.busy || this.closed || this.current.line === "login") return;
    const mine = this.records.filter((record) => this.wanted(record.task));
    const want = AHEAD - mine.length;
    if (want <= 0) return;
    this.busy = true;
    clearTimeout(this.timer);
    this.set({ fetching: true });
    try {
      const have = [...this.records.map((record) => record.task.id), ...this.handedIn()];
      const answer = await this.server.next(want, have);
      await this.add(answer.tasks);
      this.set({ fetching: false, line: "up", today: answer.today, empty: answer.tasks.length === 0 ? answer.empty : null });
      if (answer.tasks.length === 0) this.later(30_000);
    } catch (error) {
      if (error instanceof NoAnswer) { this.set({ fetching: false, line: "down" }); this.later(5000); }
      else if (error instanceof Refused) {
        this.set({ fetching: false, line: error.status === 401 ? "login" : "up", empty: error.status === 401 ? null : { reason: error.code, zh: error.zh, en: error.en } });
        if (error.status !== 401) this.later(error.status >= 500 ? 5000 : 30_000);
      } else throw error;
    } finally {
      this.busy = false;
    }
  }

  async loggedIn(): Promise<void> { this.set({ line: "up" }); await this.fill(); }

  setToday(today: Today): void { this.set({ today }); }

  /** The storage is full: give up stored pictures, farthest task first. */
  async makeRoom(): Promise<void> {
    this.full = true;
    for (const { key } of (await this.store.list("media")).reverse()) await this.store.delete("media", key);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  private async add(tasks: readonly Task[]): Promise<void> {
    const known = new Set([...this.records.map((record) => record.task.id), ...this.handedIn()]);
    for (const task of tasks) {
      if (known.has(task.id)) continue;
      if (!this.setups.has(setupKey(task))) {
        const setup = await this.server.setup(task.project);
        this.setups.set(setupKey(task), setup);
        await this.keep("setups", setupKey(task), setup);
      }
      const record: TaskRecord = { task, order: this.order++ };
      await this.save(record);
      this.records.push(record);
    }
    this.prefetch();
  }

  private prefetch(): void {
    for (const { task } of this.records) void this.blob(task, "preview");
    for (const { task } of this.records) if (!task.item.urls.tiles && task.item.urls.full) void this.blob(task, "full");
  }

  private async load(task: string, kind: "preview" | "full", url: string): Promise<Blob | null> {
    const stored = await this.store.get<Blob>("media", `${task}/${kind}`);
    if (stored) return stored;
    return new Promise((resolve) => {
      this.queue.push({ task, kind, url, resolve });
      this.pumpMedia();
    });
  }

  private pumpMedia(): void {
    // Previews of all tasks before full pictures: the first usable screen comes first.
    this.queue.sort((a, b) => Number(a.kind === "full") - Number(b.kind === "full"));
    while (this.loading < MEDIA_AT_ONCE && this.queue.length > 0 && !this.closed) {
      const job = this.queue.shift() as (typeof this.queue)[number];
      this.loading++;
      void this.server.media(job.url).then(
        async (blob) => {
          job.resolve(blob);
          if (!this.full) await this.keep("media", `${job.task}/${job.kind}`, blob);
        },
        (error: unknown) => {
          job.resolve(null);
          if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
        },
      ).finally(() => { this.loading--; this.pumpMedia(); });
    }
  }

  private async keep(store: "media" | "setups", key: string, value: unknown): Promise<void> {
    try {
      await this.store.put(store, key, value);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      this.full = true;
    }
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => void this.fill(), ms);
  }

  private set(change: Partial<SupplyState>): void {
    this.current = { ...this.current, ...change, ready: this.records.filter((record) => this.wanted(record.task)).length };
    for (const listener of this.listeners) listener();
  }
}

const setupKey = (task: Task): string => `${task.project}@${task.schema_version}.${task.guideline_version}`;
