import { ApiError, LineError } from "../../../api/errors";
import type { Picked } from "./walk";

/** Where an announced file goes and how much of it the server has. */
export interface Place {
  id: string;
  name: string;
  size: number;
  received: number;
  complete: boolean;
}

export interface Refused {
  name: string;
  code: string;
  zh: string;
  en: string;
}

/** The calls of the upload API, so that the engine can be tried without a server. */
export interface Transport {
  open(dataset: string): Promise<string>;
  announce(upload: string, files: { name: string; size: number }[]): Promise<{ files: Place[]; problems: Refused[] }>;
  send(upload: string, file: string, offset: number, part: Blob, signal: AbortSignal): Promise<{ received: number; complete: boolean }>;
  commit(upload: string, listKind: string | null): Promise<{ id: string }>;
  drop(upload: string): Promise<void>;
}

export type Phase = "idle" | "announcing" | "sending" | "paused" | "waiting" | "committing" | "done" | "failed" | "dropped";

export interface Progress {
  phase: Phase;
  files: number;
  filesDone: number;
  bytes: number;
  bytesDone: number;
  /** Bytes per second over the last seconds; null while it cannot be told. */
  speed: number | null;
  refused: Refused[];
  error: unknown;
  /** The import that the finished upload started. */
  run: string | null;
}

const NOTHING: Progress = { phase: "idle", files: 0, filesDone: 0, bytes: 0, bytesDone: 0, speed: null, refused: [], error: null, run: null };

const ANNOUNCE_AT_ONCE = 1000;
const LANES = 3;
const MOST_STILL = 5;
const SMALLEST_PART = 256 * 1024;
const LARGEST_PART = 16 * 1024 * 1024;
/** A part should take about this long: on a bad line little is lost, on a good one little is said. */
const PART_SECONDS = 4;
const SPEED_WINDOW_MS = 8000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

export interface Options {
  now?: () => number;
  sleep?: (ms: number) => Promise<void>;
}

/**
 * Sends files in parts and goes on where it stopped: after a cut line, after a reload, after a restart of the server.
 *
 * The server's count of what it holds is the only truth: each file begins at the offset it told, and a refused offset
 * is corrected by the one in the answer.
 */
export class Upload {
  progress: Progress = NOTHING;
  id: string | null;
  private readonly listeners = new Set<() => void>();
  private stop = new AbortController();
  private queue: { place: Place; file: File }[] = [];
  private part = SMALLEST_PART;
  private history: { at: number; bytes: number }[] = [];
  private wake: (() => void) | null = null;
  private paused = false;
  /** A lane failed, or the person gave the upload up. */
  private halted = false;
  private readonly now: () => number;
  private readonly sleep: (ms: number) => Promise<void>;

  constructor(
    private readonly transport: Transport,
    readonly dataset: string,
    options: Options & { upload?: string } = {},
  ) {
    this.id = options.upload ?? null;
    this.now = options.now ?? (() => performance.now());
    this.sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private set(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Announce and send the files, then hand the upload over to an import. */
  async run(picked: readonly Picked[], listKind: string | null = null): Promise<void> {
    try {
      this.set({ ...NOTHING, phase: "announcing", files: picked.length, bytes: picked.reduce((sum, p) => sum + p.file.size, 0) });
      await this.announce(picked);
      this.set({ phase: "sending" });
      // All lanes come to rest before anything else: none may go on sending into a failed upload.
      const lanes = await Promise.allSettled(Array.from({ length: LANES }, () => this.lane()));
      for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
      if (this.halted) return;
      this.set({ phase: "committing" });
      const upload = this.id;
      if (!upload) throw new Error("an upload without id cannot be committed");
      const { id } = await this.tried(() => this.transport.commit(upload, listKind));
      this.set({ phase: "done", run: id });
    } catch (error) {
      if (!this.stop.signal.aborted) this.set({ phase: "failed", error });
    }
  }

  private async announce(picked: readonly Picked[]): Promise<void> {
    const upload = this.id ?? (await this.tried(() => this.transport.open(this.dataset)));
    this.id = upload;
    for (let at = 0; at < picked.length; at += ANNOUNCE_AT_ONCE) {
      const batch = picked.slice(at, at + ANNOUNCE_AT_ONCE);
      const told = await this.tried(() => this.transport.announce(upload, batch.map(({ name, file }) => ({ name, size: file.size }))));
      const files = new Map(batch.map(({ name, file }) => [name, file]));
      for (const place of told.files) {
        const file = files.get(place.name);
        if (file && !place.complete) this.queue.push({ place, file });
      }
      const here = told.files.reduce((sum, f) => sum + f.received, 0);
      this.set({
        bytesDone: this.progress.bytesDone + here,
        filesDone: this.progress.filesDone + told.files.filter((f) => f.complete).length,
        refused: [...this.progress.refused, ...told.problems],
      });
    }
  }

  /** One of a few lanes: takes the next file until there is none. */
  private async lane(): Promise<void> {
    try {
      for (let next = this.queue.shift(); next && !this.halted; next = this.queue.shift()) await this.sendFile(next.place, next.file);
    } catch (error) {
      this.halted = true;
      throw error;
    }
  }

  private async sendFile(place: Place, file: File): Promise<void> {
    const upload = this.id;
    if (!upload) return;
    let offset = place.received;
    let complete = place.complete;
    let still = 0;
    while (!complete) {
      await this.gate();
      if (this.halted) return;
      const begun = this.now();
      const part = file.slice(offset, offset + this.part);
      const before = offset;
      const answer = await this.tried(() => this.sendPart(upload, place.id, offset, part));
      offset = answer.received;
      complete = answer.complete;
      // A file that changed on the disk, or a server that counts otherwise: never ask for ever.
      still = offset > before ? 0 : still + 1;
      if (!complete && (still >= MOST_STILL || offset > file.size)) throw new Error(`${place.name}: ${offset} / ${file.size}`);
      this.measure(offset - before, this.now() - begun);
    }
    this.set({ filesDone: this.progress.filesDone + 1 });
  }

  private async sendPart(upload: string, file: string, offset: number, part: Blob): Promise<{ received: number; complete: boolean }> {
    try {
      return await this.transport.send(upload, file, offset, part, this.stop.signal);
    } catch (error) {
      // The answer to an earlier part was lost, or another tab sent it: go on from what is there.
      const held = error instanceof ApiError && error.code === "wrong_offset" ? (error.problem as { received?: unknown }).received : null;
      if (typeof held === "number") return { received: held, complete: false };
      throw error;
    }
  }

  private measure(bytes: number, ms: number): void {
    if (bytes > 0 && ms > 0) {
      const wanted = (bytes / ms) * 1000 * PART_SECONDS;
      this.part = Math.round(Math.min(LARGEST_PART, Math.max(SMALLEST_PART, wanted)));
    }
    const now = this.now();
    this.history.push({ at: now, bytes });
    this.history = this.history.filter((h) => now - h.at <= SPEED_WINDOW_MS);
    const first = this.history[0];
    const span = first ? now - first.at : 0;
    const sum = this.history.slice(1).reduce((total, h) => total + h.bytes, 0);
    this.set({ bytesDone: this.progress.bytesDone + bytes, speed: span > 500 ? (sum / span) * 1000 : this.progress.speed, phase: this.halted ? this.progress.phase : this.paused ? "paused" : "sending" });
  }

  /** Try again for as long as the line is down or the server is away; an answer that says no is final. */
  private async tried<T>(call: () => Promise<T>): Promise<T> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
      try {
        return await call();
      } catch (error) {
        // A full disk does not empty itself: people are told, and what was sent is kept.
        const passing = error instanceof LineError || (error instanceof ApiError && error.status !== 507 && (error.status >= 502 || error.status === 500 || error.status === 429));
        if (!passing || this.stop.signal.aborted) throw error;
        const back = this.progress.phase;
        this.set({ phase: "waiting", speed: null });
        await this.sleep(error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : wait);
        if (this.stop.signal.aborted) throw error;
        this.set({ phase: back === "waiting" ? "sending" : back });
      }
    }
  }

  private async gate(): Promise<void> {
    while (this.paused) {
      this.set({ phase: "paused", speed: null });
      await new Promise<void>((resolve) => {
        const before = this.wake;
        this.wake = () => {
          before?.();
          resolve();
        };
      });
    }
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.wake?.();
    this.wake = null;
    if (this.progress.phase === "paused") this.set({ phase: "sending" });
  }

  /** Give the upload up: what was sent is removed. */
  async drop(): Promise<void> {
    this.halted = true;
    this.stop.abort();
    this.queue = [];
    this.resume();
    this.set({ phase: "dropped" });
    if (this.id) await this.transport.drop(this.id);
  }
}
