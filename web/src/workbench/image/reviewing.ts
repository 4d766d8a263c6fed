/** Checking another's answer, and deciding between several: verdicts, findings, differences, candidates. */
import { uuid } from "../core/ids";
import type { Op } from "../core/deltas";
import type { AttributeValue } from "../core/model";
import { removeMarks } from "../core/store";
import type { Letter } from "../outbox/outbox";
import type { ReviewFinding, Task } from "../outbox/wire";
import type { ImageBench } from "./bench";
import { difference } from "./compare";
import type { Copied } from "./copied";
import { addAll, copies } from "./copying";
import type { DeskState } from "./state";

/** What reviewing asks of the desk. */
export interface ReviewDesk {
  bench: ImageBench;
  state: () => DeskState;
  set: (change: Partial<DeskState>) => void;
  activeMs: () => number;
  /** Whether the checks find errors; they are then shown in place. */
  stops: () => boolean;
  handIn: (task: Task, letter: Letter) => void;
}

export class Reviewing {
  constructor(private readonly desk: ReviewDesk) {}

  /** Give the verdict and go on. A rejection needs a finding; an acceptance must leave the answer as it is. */
  review(verdict: "accept" | "fix" | "reject"): void {
    const { bench } = this.desk;
    const { task, reviewFindings } = this.desk.state();
    if (!task?.previous) return;
    if (bench.tool.busy && !bench.tool.complete()) bench.tool.cancel();
    if (verdict === "reject" && reviewFindings.length === 0) { bench.say("rejectNeedsFinding"); this.desk.set({ dialog: "finding" }); return; }
    if (verdict === "fix" && this.desk.stops()) return;
    if (verdict === "accept" && bench.store.document !== bench.store.opened && bench.store.steps > 0) { bench.say("acceptAfterChange"); return; }
    const { marks, relations, item_attrs } = bench.store.document;
    this.desk.handIn(task, {
      kind: "review",
      body: {
        id: uuid(), task: task.id, lease: task.lease, submission: task.previous.id, verdict, findings: [...reviewFindings], active_ms: this.desk.activeMs(),
        ...(verdict === "fix" ? { marks, relations, item_attrs } : {}),
      },
    });
  }

  addFinding(finding: ReviewFinding): void {
    this.desk.set({ reviewFindings: [...this.desk.state().reviewFindings, finding], dialog: null });
    this.desk.bench.refresh();
  }

  removeFinding(index: number): void {
    this.desk.set({ reviewFindings: this.desk.state().reviewFindings.filter((_, i) => i !== index) });
    this.desk.bench.refresh();
  }

  /** Show or hide what has changed since the earlier revision. */
  toggleDiff(): void {
    const { task, diff } = this.desk.state();
    if (!task?.previous) return;
    const before = task.before_previous?.marks;
    this.desk.set({ diff: diff || !before ? null : difference(before, task.previous.marks) });
    if (!before) this.desk.bench.say("noEarlier");
    this.desk.bench.refresh();
  }

  /** Arbitration: take one mark, one whole answer with its relations, or the fused result. */
  takeCandidate(taken: Copied, whole: boolean, attrs: Record<string, AttributeValue> = {}): void {
    const { bench } = this.desk;
    if (!whole) { addAll(bench, copies(taken, 0), "arbitrate.take"); return; }
    const { document } = bench.store;
    const made = copies(taken, 0);
    // The whole answer is also what it says of the picture itself.
    const said = Object.entries(attrs).map(([field, to]): Op => ({ op: "item", field, from: document.item_attrs[field] ?? null, to }));
    bench.commit([
      ...removeMarks(document, new Set(document.marks.map((m) => m.id))), ...made.marks.map((mark, index): Op => ({ op: "add", index, mark })),
      ...made.relations.map((relation): Op => ({ op: "relate", relation })), ...said,
    ], "arbitrate.take_all");
  }

  canCompare(): boolean { return this.desk.state().task?.mode === "arbitrate"; }
  toggleCompare(): void { this.desk.set({ compare: !this.desk.state().compare }); }
}
