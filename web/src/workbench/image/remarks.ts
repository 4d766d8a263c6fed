/** What is said about a picture: comments at a place, questions to the lead, and the pins that show where. */
import { bounds } from "../core/geometry";
import { uuid } from "../core/ids";
import type { Entry, Letter } from "../outbox/outbox";
import type { AskedBefore, Task, WorkServer } from "../outbox/wire";
import type { Overlay } from "../render/surface";
import { CommentTool } from "../tools/edit";
import type { ImageBench } from "./bench";
import { differenceOverlays } from "./compare";
import type { DeskState } from "./state";

export class Remarks {
  constructor(
    private readonly bench: ImageBench, private readonly server: WorkServer, private readonly post: (entry: Pick<Entry, "id" | "task" | "name" | "letter">) => Promise<void>,
    private readonly state: () => DeskState, private readonly set: (change: Partial<DeskState>) => void,
  ) {}

  commentTool(): CommentTool {
    return new CommentTool(this.bench, (text, place, mark) => {
      const { task, comments } = this.state();
      if (!task) return;
      this.set({ comments: [...comments, { text, place, mark }] });
      this.send(task, { kind: "comment", task: task.id, body: { text, place, ...(mark ? { mark } : {}) } }, "commentSent");
    });
  }

  askLead(text: string): void {
    const { task } = this.state();
    this.set({ dialog: null });
    if (task && text.trim()) this.send(task, { kind: "question", project: task.project, task: task.id, text: text.trim() }, "questionSent");
  }

  /** Through the outbox, like answers: what was said without a line arrives when it is back. */
  private send(task: Task, letter: Letter, said: string): void {
    const id = uuid();
    this.bench.say(said);
    void this.post({ id, task: `talk/${id}`, name: task.item.name, letter });
  }

  /** What anybody asked in the project; the answer is there for everybody. */
  asked(project: string): Promise<AskedBefore[]> { return this.server.questions(project); }

  /** Pins of comments and findings, and the differences to the earlier revision. */
  overlays(): readonly Overlay[] {
    const { comments, reviewFindings, diff, task } = this.state();
    const pin = (f: { place?: [number, number] | null; mark?: string | null }, text: string, colour: string): Overlay[] => {
      const r = f.place ? null : bounds(this.bench.store.mark(f.mark ?? "")?.geometry);
      const [x, y] = f.place ?? [((r?.x0 ?? NaN) + (r?.x1 ?? NaN)) / 2, r?.y0 ?? NaN];
      return Number.isFinite(x) && Number.isFinite(y) ? [{ kind: "pin", x, y, text, colour }] : [];
    };
    return [
      ...(diff ? differenceOverlays(diff) : []),
      ...comments.flatMap((comment, i) => pin(comment, `${i + 1}`, "#1F5C99")),
      ...(task?.mode === "rework" ? (task.findings ?? []) : []).flatMap((f) => pin(f, "!", "#A8321F")),
      ...reviewFindings.flatMap((f) => pin(f, "!", "#A8321F")),
    ];
  }
}
