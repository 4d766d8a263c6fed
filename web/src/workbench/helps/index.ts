/** Helps in a worker thread of their own; its code is fetched when first asked. */
import { WorkerHelps } from "./client";

export function startHelps(): WorkerHelps {
  return new WorkerHelps(() => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "helps" }));
}
