import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import "fake-indexeddb/auto";
import { MemoryStore, openStore, StorageFull, type Store } from "../db";
import { DraftSender, DRAFT_MS } from "../drafts";
import { Journal } from "../journal";
import { Outbox, pause, type Entry } from "../outbox";
import { Supply } from "../supply";
import { Tabs } from "../tabs";
import { NoAnswer, Refused, type DraftBody, type NextAnswer, type SubmissionBody, type Task, type WorkServer } from "../wire";

function memoryStorage(): Storage {
  const map = new Map<string, string>();
  return { key: (i: number) => [...map.keys()][i] ?? null, get length() { return map.size; }, getItem: (k: string) => map.get(k) ?? null, setItem: (k: string, v: string) => void map.set(k, v), removeItem: (k: string) => void map.delete(k) } as unknown as Storage;
}

class FakeServer implements Partial<WorkServer> {
  received: string[] = [];
  who: string | null = "anna";
  answers: ((body: SubmissionBody) => void)[] = [];
  async submit(body: SubmissionBody): Promise<{ id: string; state: string }> {
    this.answers.shift()?.(body);
    this.received.push(body.id);
    return { id: body.id, state: "submitted" };
  }
  async whoAmI(): Promise<string | null> { return this.who; }
}

const letter = (id: string, task: string): Pick<Entry, "id" | "task" | "name" | "letter"> => ({
  id, task, name: `${task}.jpg`, letter: { kind: "submission", body: { id, task } as unknown as SubmissionBody },
});

async function box(server: FakeServer, store: Store = new MemoryStore(), storage = memoryStorage(), tab = "t1"): Promise<Outbox> {
  const outbox = new Outbox(store, server as unknown as WorkServer, new Tabs("anna", tab, storage), "anna");
  const started = outbox.start();
  if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(1600);
  await started;
  return outbox;
}

beforeEach(() => { vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] }); });
afterEach(() => { vi.useRealTimers(); });
const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("the outbox", () => {
  it("sends in order and says so", async () => {
    const server = new FakeServer();
    const outbox = await box(server);
    await outbox.post(letter("1", "a"));
    await outbox.post(letter("2", "b"));
    await settle(10);
    expect(server.received).toEqual(["1", "2"]);
    expect(outbox.state).toMatchObject({ waiting: 0, sent: 2, line: "up" });
  });

  it("keeps trying while the line is down, with growing pauses", async () => {
    const server = new FakeServer();
    let tries = 0;
    const down = (): void => { tries++; throw new NoAnswer(); };
    server.answers = [down, down, down];
    const outbox = await box(server);
    await outbox.post(letter("1", "a"));
    await settle(10);
    expect(outbox.state).toMatchObject({ waiting: 1, line: "down" });
    await settle(1200);
    await settle(2300);
    await settle(4500);
    expect(tries).toBe(3);
    expect(server.received).toEqual(["1"]);
    expect(outbox.state).toMatchObject({ waiting: 0, line: "up" });
  });

  it("a fault nobody thought of holds nothing up: it is told, and the letter goes again", async () => {
    const told = vi.fn();
    vi.stubGlobal("reportError", told);
    const server = new FakeServer();
    const fault = new TypeError("a picture of a cat");
    server.answers = [() => { throw fault; }];
    const outbox = await box(server);
    await outbox.post(letter("1", "a"));
    await outbox.post(letter("2", "b"));
    await settle(10);
    expect(server.received).toEqual(["2"]);
    await settle(1200);
    expect(server.received).toEqual(["2", "1"]);
    expect(outbox.state).toMatchObject({ waiting: 0, sent: 2 });
    expect(told).toHaveBeenCalledExactlyOnceWith(fault);
    vi.unstubAllGlobals();
  });

  it("parks a refused one with its reason; others go on, later ones of the same task wait", async () => {
    const server = new FakeServer();
    server.answers = [() => { throw new Refused(422, "invalid_marks", "不对", "wrong"); }];
    const outbox = await box(server);
    await outbox.post(letter("1", "a"));
    await outbox.post(letter("2", "a"));
    await outbox.post(letter("3", "b"));
    await settle(10);
    expect(server.received).toEqual(["3"]);
    expect(outbox.state.parked.map((e) => [e.id, e.parked?.code])).toEqual([["1", "invalid_marks"]]);
    await outbox.retry("1");
    await settle(10);
    expect(server.received).toEqual(["3", "1", "2"]);
  });

  it("carries words about a task beside its answer: neither waits for the other, and the task stays open", async () => {
    const server = new FakeServer();
    const said: unknown[] = [];
    let down = true;
    Object.assign(server, {
      comment: async (task: string, body: unknown) => { if (down) throw new NoAnswer(); said.push([task, body]); },
      question: async (project: string, text: string, task: string) => { said.push([project, text, task]); },
    });
    const store = new MemoryStore();
    const outbox = await box(server, store);
    await outbox.post({ id: "c", task: "talk/c", name: "a.jpg", letter: { kind: "comment", task: "a", body: { text: "?", place: [1, 2] } } });
    await settle(10);
    // The task is not handed in by a remark, and what waits is not counted as a picture.
    expect([[...outbox.tasks], outbox.state.waiting, outbox.state.line]).toEqual([[], 0, "down"]);
    outbox.close();
    down = false;
    const again = await box(server, store);
    await again.post({ id: "q", task: "talk/q", name: "a.jpg", letter: { kind: "question", project: "p", task: "a", text: "!" } });
    await settle(10);
    expect(said).toEqual([["a", { text: "?", place: [1, 2] }], ["p", "!", "a"]]);
    expect(await store.list("outbox")).toEqual([]);
  });

  it("takes a refused answer back as the draft of its task, while the task is still hers", async () => {
    const server = new FakeServer();
    const refuse = (): void => { throw new Refused(409, "schema_changed", "改了", "changed"); };
    server.answers = [refuse, refuse];
    const drafts: [string, DraftBody][] = [];
    let until: string | null = "2026-01-01T00:00:00Z";
    Object.assign(server, { draft: async (task: string, body: DraftBody) => { drafts.push([task, body]); return { seq: body.seq, until }; } });
    const store = new MemoryStore();
    const outbox = await box(server, store);
    const marks = [{ id: "m1" }];
    for (const [id, task] of [["1", "a"], ["2", "b"]] as const) {
      await outbox.post({ id, task, name: task, letter: { kind: "submission", body: { id, task, lease: `lease-${task}`, marks, relations: [], item_attrs: {}, active_ms: 5 } as unknown as SubmissionBody } });
    }
    await settle(10);
    expect(outbox.state.parked.map((e) => e.id)).toEqual(["1", "2"]);
    expect(await outbox.takeBack("1")).toBe(true);
    expect(drafts).toEqual([["a", expect.objectContaining({ lease: "lease-a", base: null, marks, active_ms: 5 })]]);
    expect(outbox.tasks.has("a")).toBe(false);
    expect((await store.list("outbox")).map((e) => e.key)).toEqual(["2"]);
    until = null; // the lease of the other is over
    expect(await outbox.takeBack("2")).toBe(false);
    expect(outbox.state.parked.map((e) => e.id)).toEqual(["2"]);
  });

  it("a server error once per letter delays, loses and doubles nothing", async () => {
    const server = new FakeServer();
    const seen = new Set<string>();
    server.answers = Array.from({ length: 10 }, () => (body: SubmissionBody) => {
      if (!seen.has(body.id)) { seen.add(body.id); throw new Refused(500, "internal", "", ""); }
    });
    const outbox = await box(server);
    for (let i = 0; i < 5; i++) await outbox.post(letter(`${i}`, `task${i}`));
    await settle(3000);
    expect([...server.received].sort()).toEqual(["0", "1", "2", "3", "4"]);
    expect(outbox.state.waiting).toBe(0);
  });

  it("waits for a login, goes on for the same person and never sends under another", async () => {
    const server = new FakeServer();
    server.answers = [() => { throw new Refused(401, "login_required", "", ""); }];
    const outbox = await box(server);
    await outbox.post(letter("1", "a"));
    await settle(60_000);
    expect(outbox.state.line).toBe("login");
    server.who = "berta";
    expect(await outbox.loggedIn()).toBe(false);
    await settle(60_000);
    expect(server.received).toEqual([]);
    expect(outbox.state.line).toBe("other_account");
    server.who = "anna";
    expect(await outbox.loggedIn()).toBe(true);
    await settle(10);
    expect(server.received).toEqual(["1"]);
  });

  it("survives a crash: another sitting finds and sends it", async () => {
    vi.useRealTimers();
    const factory = new IDBFactory();
    const server = new FakeServer();
    server.answers = [() => { throw new NoAnswer(); }];
    const storage = memoryStorage();
    const first = await box(server, await openStore("anna", factory), storage, "t1");
    await first.post(letter("1", "a"));
    await vi.waitFor(() => expect(first.state.line).toBe("down"));
    first.close();
    storage.removeItem("doujia.claim.anna.sender");
    const second = await box(server, await openStore("anna", factory), storage, "t2");
    expect(second.state.waiting).toBe(1);
    await second.retry();
    await vi.waitFor(() => expect(server.received).toEqual(["1"]));
    expect(await (await openStore("anna", factory)).list("outbox")).toEqual([]);
    second.close();
  });

  it("keeps accounts apart", async () => {
    vi.useRealTimers();
    const factory = new IDBFactory();
    await (await openStore("anna", factory)).put("outbox", "1", letter("1", "a"));
    expect(await (await openStore("berta", factory)).list("outbox")).toEqual([]);
  });

  it("two tabs: one sends", async () => {
    const server = new FakeServer();
    const store = new MemoryStore(), storage = memoryStorage();
    const one = new Tabs("anna", "t1", storage);
    one.listen(() => undefined);
    expect(one.claim("sender")).toBe(true);
    const outbox = await box(server, store, storage, "t2");
    await outbox.post(letter("1", "a"));
    await settle(100);
    expect(server.received).toEqual([]);
    one.close();
    await settle(4000);
    expect(server.received).toEqual(["1"]);
  });

  it("a dead tab's claim ends by itself", () => {
    const storage = memoryStorage();
    let now = 0;
    const dead = new Tabs("anna", "t1", storage, () => now);
    dead.claim("task7");
    const living = new Tabs("anna", "t2", storage, () => now);
    expect(living.claim("task7")).toBe(false);
    now = 7000;
    expect(living.claim("task7")).toBe(true);
    dead.close();
    expect(living.elsewhere("task7")).toBe(false);
    living.close();
  });

  it("pauses grow to a minute", () => {
    expect([1, 2, 3, 7, 20].map((n) => pause(n, () => 0.5))).toEqual([1000, 2000, 4000, 60_000, 60_000]);
  });
});

describe("the journal", () => {
  it("has every change on disk within half a second, in order", async () => {
    const store = new MemoryStore();
    const states: string[] = [];
    const journal = new Journal(store, (s) => states.push(s));
    for (let seq = 1; seq <= 12; seq++) journal.add("a", { seq, ops: [] });
    await settle(500);
    expect((await journal.open("a")).deltas.map((d) => d.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(states.at(-1)).toBe("saved");
    expect((await journal.open("b")).deltas).toEqual([]);
  });

  it("writes what is added while earlier changes are on their way to the disk", async () => {
    const store = new MemoryStore();
    const original = store.putAll.bind(store);
    store.putAll = async (...args) => { await new Promise((resolve) => { setTimeout(resolve, 400); }); return original(...args); };
    const states: string[] = [];
    const journal = new Journal(store, (s) => states.push(s));
    journal.add("a", { seq: 1, ops: [] });
    await settle(200);
    journal.add("a", { seq: 2, ops: [] });
    await settle(360);
    // The first is written, the second is not: it must not be called saved.
    expect((await journal.open("a")).deltas.map((d) => d.seq)).toEqual([1]);
    expect([journal.pending, states.includes("saved")]).toEqual([true, false]);
    await settle(1000);
    expect((await journal.open("a")).deltas.map((d) => d.seq)).toEqual([1, 2]);
    expect([journal.pending, states.at(-1)]).toEqual([false, "saved"]);
  });

  it("says nothing of a task that was handed in while its last change was being written", async () => {
    const store = new MemoryStore();
    const original = store.putAll.bind(store);
    store.putAll = async (...args) => { await new Promise((resolve) => { setTimeout(resolve, 400); }); return original(...args); };
    const states: string[] = [];
    const journal = new Journal(store, (s) => states.push(s));
    journal.add("a", { seq: 1, ops: [] });
    await settle(200);
    journal.drop("a");
    await settle(1000);
    // The next task is open by now: "saved on this computer" would be said of it, and for as long as nothing is drawn.
    expect(states).toEqual(["saving"]);
  });

  it("goes on after a write that failed for a reason nobody thought of", async () => {
    const store = new MemoryStore();
    const original = store.putAll.bind(store);
    let broken = true;
    store.putAll = async (...args) => { if (broken) throw new TypeError("a picture of a cat"); return original(...args); };
    const journal = new Journal(store, () => undefined);
    journal.add("a", { seq: 1, ops: [] });
    await expect(journal.flush()).rejects.toThrow(TypeError);
    broken = false;
    journal.add("a", { seq: 2, ops: [] });
    await settle(500);
    expect((await journal.open("a")).deltas.map((d) => d.seq)).toEqual([1, 2]);
  });

  it("says when the storage is full, keeps it in memory and writes it once there is room", async () => {
    const store = new MemoryStore();
    const original = store.putAll.bind(store);
    let full = true;
    store.putAll = async (...args) => { if (full) throw new StorageFull(); return original(...args); };
    const states: string[] = [];
    const journal = new Journal(store, (s) => states.push(s));
    journal.add("a", { seq: 1, ops: [] });
    await settle(500);
    expect(states.at(-1)).toBe("full");
    expect(journal.pending).toBe(true);
    full = false;
    await settle(6000);
    expect(states.at(-1)).toBe("saved");
    expect((await journal.open("a")).deltas).toHaveLength(1);
  });
});

describe("drafts", () => {
  const source = { task: "a", lease: "l", document: () => ({ marks: [], relations: [], item_attrs: {} }), lastSeq: () => last, activeMs: () => 5 };
  let last = 0;
  it("sends a snapshot first, then deltas, and a snapshot again when the base is unknown", async () => {
    const bodies: DraftBody[] = [];
    let refuse = false;
    const server = { draft: async (_: string, body: DraftBody) => { bodies.push(body); if (refuse) { refuse = false; throw new Refused(409, "draft_base_unknown", "", ""); } return { seq: body.seq, until: "" }; } } as unknown as WorkServer;
    const sender = new DraftSender(server, source, null, () => undefined);
    for (last = 1; last <= 2; last++) sender.add({ seq: last, ops: [] });
    last = 2;
    await settle(DRAFT_MS + 10);
    last = 3;
    sender.add({ seq: 3, ops: [] });
    await settle(DRAFT_MS + 10);
    refuse = true;
    last = 4;
    sender.add({ seq: 4, ops: [] });
    await settle(2 * DRAFT_MS + 20);
    expect(bodies.map((b) => [b.base, b.seq, b.deltas?.map((d) => d.seq) ?? null])).toEqual([[null, 2, null], [2, 3, [3]], [3, 4, [4]], [null, 4, null]]);
    sender.stop();
  });
});

describe("the supply of tasks", () => {
  const task = (id: string): Task => ({ id, project: "p", schema_version: 1, guideline_version: 1, mode: "work", item: { id, name: id, media: { kind: "image", width: 1, height: 1 }, urls: { preview: `${id}/p`, full: `${id}/f` } } }) as unknown as Task;
  it("takes ahead, keeps pictures as blobs, and one task opens in one tab only", async () => {
    let made = 0;
    const asked: { want: number; have: string[] }[] = [];
    const server = {
      next: async (want: number, have: readonly string[]): Promise<NextAnswer> => {
        asked.push({ want, have: [...have] });
        return { tasks: Array.from({ length: want }, () => task(`t${++made}`)), setups: {}, today: { items: 0, active_ms: 0, earned_fen: null, accepted: 0, returned: 0 }, empty: null };
      },
      setup: async () => ({ id: "p", settings: { lease_minutes: 30 } }),
      media: async (url: string) => new Blob([url]),
    } as unknown as WorkServer;
    const store = new MemoryStore(), storage = memoryStorage();
    const supply = new Supply(store, server, new Tabs("anna", "t1", storage), () => new Set(["old"]));
    await supply.start();
    await settle(50);
    expect(asked).toEqual([{ want: 5, have: ["old"] }]);
    expect((await store.list("media")).map((m) => m.key)).toHaveLength(10);
    const first = supply.take();
    expect(first?.task.id).toBe("t1");
    const other = new Supply(store, server, new Tabs("anna", "t2", storage), () => new Set());
    await other.start();
    expect(other.take()?.task.id).toBe("t2");
    supply.forget("t1");
    await settle(50);
    expect(asked.at(-1)?.want).toBe(1);
    supply.close();
    other.close();
  });

  const today = { items: 0, active_ms: 0, earned_fen: null, accepted: 0, returned: 0 };
  /** A platform with a numbered queue; `store` asks leave eight for each one. */
  class Queue implements Partial<WorkServer> {
    made = 0;
    line = true;
    calls: [number, boolean][] = [];
    constructor(private readonly waiting: number) {}
    async next(want: number, _: readonly string[], store = false): Promise<NextAnswer> {
      if (!this.line) throw new NoAnswer();
      this.calls.push([want, store]);
      const left = this.waiting - this.made;
      const n = Math.min(want, store ? Math.floor(left / 9) : left);
      return { tasks: Array.from({ length: n }, () => task(`t${++this.made}`)), setups: {}, today, empty: null };
    }
    setup = (async () => ({ id: "p", settings: { lease_minutes: 30 } })) as unknown as WorkServer["setup"];
    media = async (url: string): Promise<Blob> => new Blob([url]);
  }
  const supplyOf = (queue: Queue, store: Store): Supply => new Supply(store, queue as unknown as WorkServer, new Tabs("anna", "t1", memoryStorage()), () => new Set());

  it("keeps twenty against a dead line, five at a time behind the work, while plenty is left for others", async () => {
    const queue = new Queue(400), store = new MemoryStore();
    Object.assign(store, { persistent: true });
    const supply = supplyOf(queue, store);
    await supply.start();
    await settle(100);
    expect(queue.calls).toEqual([[5, false], [5, true], [5, true], [5, true]]);
    expect(supply.state.ready).toBe(20);
    supply.close();
    const short = new Queue(12);
    const other = supplyOf(short, Object.assign(new MemoryStore(), { persistent: true }));
    await other.start();
    await settle(100);
    // Seven are left: none goes into a store, and it is not asked for again at once.
    expect(short.calls).toEqual([[5, false], [5, true]]);
    expect(other.state.ready).toBe(5);
    other.close();
  });

  it("gives up what nobody began and whose lease ran out while this PC was off, once there is a line", async () => {
    const queue = new Queue(50), store = new MemoryStore();
    const first = supplyOf(queue, store);
    await first.start();
    await settle(50);
    const begun = first.take();
    expect(begun?.task.id).toBe("t1");
    await first.save({ ...(begun as NonNullable<typeof begun>), base: { marks: [], relations: [], item_attrs: {} } });
    first.close();
    await settle(31 * 60_000);
    queue.line = false;
    const offline = supplyOf(queue, store);
    await offline.start();
    // Without a line they are still better than nothing: late answers are taken while the slot is free.
    expect(offline.state.ready).toBe(5);
    expect(offline.take()?.task.id).toBe("t1");
    expect(offline.take("t1")?.task.id).toBe("t2");
    offline.close();
    queue.line = true;
    const next = supplyOf(queue, store);
    await next.start();
    await settle(50);
    expect(next.take()?.task.id).toBe("t1");
    expect(next.take("t1")?.task.id).toBe("t6");
    expect((await store.list<{ order: number }>("tasks")).map((t) => t.key)).not.toContain("t2");
    next.close();
  });
});
