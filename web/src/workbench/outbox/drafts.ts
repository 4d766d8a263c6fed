/** The server's copy of unfinished work: every few seconds the deltas since the last one. */
import type { Delta, Document } from "../core/deltas";
import { NoAnswer, Refused, type WorkServer } from "./wire";

export const DRAFT_MS = 4000;

export interface DraftSource {
  task: string;
  lease: string;
  document(): Document;
  lastSeq(): number;
  activeMs(): number;
}

export class DraftSender {
  private deltas: Delta[] = [];
  private acknowledged: number | null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;
  private stopped = false;

  /** @param acknowledged last delta that the server already has, or null. */
  constructor(private readonly server: WorkServer, private readonly source: DraftSource, acknowledged: number | null, private readonly onSent: (seq: number | null, ok: boolean, isHeld: boolean) => void) {
    this.acknowledged = acknowledged;
  }

  /** A change was made. */
  add(delta: Delta): void {
    this.deltas.push(delta);
    this.timer ??= setTimeout(() => void this.send(), DRAFT_MS);
  }

  /** Send now. Refusals and broken lines are no harm: the journal has it, the next try follows. */
  async send(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending || this.stopped || this.deltas.length === 0) return;
    this.sending = true;
    const upTo = this.source.lastSeq();
    const batch = this.deltas.filter((delta) => delta.seq <= upTo);
    const { document, ...rest } = { document: this.source.document(), lease: this.source.lease, seq: upTo, active_ms: this.source.activeMs() };
    const contiguous = this.acknowledged !== null && batch[0]?.seq === this.acknowledged + 1;
    try {
      let kept: { until: string | null };
      if (contiguous) kept = await this.server.draft(this.source.task, { ...rest, base: this.acknowledged, deltas: batch });
      else kept = await this.server.draft(this.source.task, { ...rest, base: null, marks: document.marks, relations: document.relations, item_attrs: document.item_attrs });
      this.acknowledged = upTo;
      this.deltas = this.deltas.filter((delta) => delta.seq > upTo);
      if (!this.stopped) this.onSent(upTo, true, kept.until !== null);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
      // An unknown base asks for a snapshot; everything else is tried again as it is.
      if (error instanceof Refused && error.code === "draft_base_unknown") this.acknowledged = null;
      if (!this.stopped) this.onSent(null, false, true);
      if (!this.stopped && !(error instanceof Refused && (error.status === 401 || error.status === 404 || error.status === 403))) this.timer ??= setTimeout(() => void this.send(), DRAFT_MS);
    } finally {
      this.sending = false;
    }
    if (this.deltas.length > 0 && !this.stopped) this.timer ??= setTimeout(() => void this.send(), DRAFT_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
