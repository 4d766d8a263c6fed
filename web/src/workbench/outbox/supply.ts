/** The next tasks: taken ahead, with their pictures as Blobs, so that the next one is on screen at once. */
import { StorageFull, type Store } from "./db";
import type { TaskRecord } from "./journal";
import type { Tabs } from "./tabs";
import { NoAnswer, Refused, type Setup, type Task, type Today, type WorkServer } from "./wire";

/** Tasks kept ready. */
export const AHEAD = 5;
/** Tasks kept against a dead line, where the queue has plenty: half an hour of boxes. */
export const STORE = 20;
/** Most bytes of pictures in that store. */
const STORE_BYTES = 150e6;
const STORE_AT_ONCE = 5;
const STORE_AGAIN_MS = 60_000;
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
  private bytes = new Map<string, number>();
  /** No further asking for the store before this time. */
  private storeAt = 0;

  constructor(
    private readonly store: Store, private readonly server: WorkServer, private readonly tabs: Tabs,
    /** Tasks whose answer waits in the outbox: the server still counts them as ours. */
    private readonly handedIn: () => ReadonlySet<string>,
    private readonly wanted: (task: Task) => boolean = () => true,
    private readonly now: () => number = Date.now,
  ) {}

  get state(): SupplyState { return this.current; }
  subscribe(listener: () => void): () => void { this.listeners.add(listener); return () => this.listeners.delete(listener); }

  /** Begin reading what an earlier sitting left; `start` uses it. */
  prepare(): void { this.reading = this.read(); }
  private reading: ReturnType<Supply["read"]> | null = null;

  private read(): Promise<[{ key: string; value: TaskRecord }[], { key: string; value: Setup }[]]> {
    return Promise.all([this.store.list<TaskRecord>("tasks"), this.store.list<Setup>("setups")]);
  }

  /** Load what an earlier sitting left, then fill up. */
  async start(): Promise<void> {
    const [stored, setups] = await (this.reading ?? this.read());
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
    // Whether an old one is still hers is for the server to say, while there is a line to it.
    const asks = this.current.line === "up" && !this.closed;
    const free = this.records.filter((record) => record.task.id !== except && this.wanted(record.task) && !this.tabs.elsewhere(record.task.id) && !(asks && this.isOld(record)));
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
    this.bytes.delete(task);
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

  /** Take tasks until enough are ready; then, a few at a time behind the work, those of the store. */
  async fill(): Promise<void> {
    if (this.busy || this.closed || this.current.line === "login") return;
    const old = this.records.filter((record) => this.wanted(record.task) && this.isOld(record));
    const mine = this.records.filter((record) => this.wanted(record.task)).length - old.length;
    const store = mine >= AHEAD;
    const want = store ? this.roomInStore(mine) : AHEAD - mine;
    if (want <= 0) return;
    this.busy = true;
    clearTimeout(this.timer);
    if (!store) this.set({ fetching: true });
    try {
      const have = [...this.records.filter((record) => !old.includes(record)).map((record) => record.task.id), ...this.handedIn()];
      const answer = store ? await this.server.next(want, have, true) : await this.server.next(Math.min(20, want + old.length), have);
      await this.drop(old);
      const none = (await this.add(answer.tasks)) === 0;
      this.set({ fetching: false, line: "up", today: answer.today, ...(store ? {} : { empty: none ? answer.empty : null }) });
      if (none && store) this.storeAt = this.now() + STORE_AGAIN_MS;
      if (none) this.later(store ? STORE_AGAIN_MS : 30_000);
    } catch (error) {
      if (error instanceof NoAnswer) { this.set({ fetching: false, line: "down" }); this.later(5000); }
      else if (error instanceof Refused) {
        this.set({ fetching: false, line: error.status === 401 ? "login" : "up", empty: error.status === 401 ? null : { reason: error.code, zh: error.zh, en: error.en } });
        if (error.status !== 401) this.later(error.status >= 500 ? 5000 : 30_000);
      } else throw error;
    } finally {
      this.busy = false;
    }
    this.deepen();
  }

  /** A draft prolongs the leases of the whole pack. */
  held(): void {
    for (const record of this.records) record.heldAt = this.now();
  }

  /** A task that nobody has begun and whose lease ran out while this PC was off: it may be another's by now. */
  private isOld(record: TaskRecord): boolean {
    const minutes = this.setups.get(setupKey(record.task))?.settings.lease_minutes;
    return record.base === undefined && record.heldAt !== undefined && minutes !== undefined && this.now() - record.heldAt > minutes * 60_000;
  }

  private async drop(old: readonly TaskRecord[]): Promise<void> {
    for (const record of old) {
      const { id } = record.task;
      this.records = this.records.filter((other) => other !== record);
      for (const { store, key } of this.keysOf(id)) await this.store.delete(store, key);
      for (const kind of ["preview", "full"]) this.media.delete(`${id}/${kind}`);
      this.bytes.delete(id);
    }
  }

  private roomInStore(mine: number): number {
    const pictures = [...this.bytes.values()].reduce((a, b) => a + b, 0);
    const isLoading = this.loading > 0 || this.queue.length > 0;
    if (isLoading || this.full || !this.store.persistent || this.current.line !== "up" || this.now() < this.storeAt || pictures > STORE_BYTES) return 0;
    return Math.min(STORE_AT_ONCE, STORE - mine);
  }

  /** The line has nothing better to do: fill the store. */
  private deepen(): void {
    if (this.loading > 0 || this.queue.length > 0 || this.closed) return;
    if (this.records.filter((record) => this.wanted(record.task) && !this.isOld(record)).length >= AHEAD) void this.fill();
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

  /** Returns how many were new. */
  private async add(tasks: readonly Task[]): Promise<number> {
    let added = 0;
    const known = new Set([...this.records.map((record) => record.task.id), ...this.handedIn()]);
    for (const task of tasks) {
      if (known.has(task.id)) continue;
      if (!this.setups.has(setupKey(task))) {
        const setup = await this.server.setup(task.project);
        this.setups.set(setupKey(task), setup);
        await this.keep("setups", setupKey(task), setup);
      }
      const record: TaskRecord = { task, order: this.order++, heldAt: this.now() };
      await this.save(record);
      this.records.push(record);
      added++;
    }
    this.prefetch();
    return added;
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
          this.bytes.set(job.task, (this.bytes.get(job.task) ?? 0) + blob.size);
          if (!this.full) await this.keep("media", `${job.task}/${job.kind}`, blob);
        },
        (error: unknown) => {
          job.resolve(null);
          if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
        },
      ).finally(() => { this.loading--; this.pumpMedia(); this.deepen(); });
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
