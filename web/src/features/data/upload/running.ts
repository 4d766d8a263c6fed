import { useSyncExternalStore } from "react";
import { Upload, type Phase, type Progress } from "./sender";
import { transport } from "./transport";
import type { Picked } from "./walk";

/* Uploads belong to the window, not to a page: they go on while the person looks at something else. */
const uploads = new Map<string, Upload>();
const listeners = new Set<() => void>();
const OVER = new Set<Phase>(["done", "failed", "dropped", "idle"]);

export const isUploadOver = (phase: Phase) => OVER.has(phase);

function tell() {
  for (const listener of listeners) listener();
}

function warn(event: BeforeUnloadEvent) {
  if ([...uploads.values()].some((u) => !OVER.has(u.progress.phase))) event.preventDefault();
}
window.addEventListener("beforeunload", warn);

/** Start sending; `upload` continues one that the server still has open. */
export function startUpload(dataset: string, picked: readonly Picked[], options: { upload?: string; listKind?: string | null; onOver?: () => void } = {}): void {
  const made = new Upload(transport, dataset, { upload: options.upload });
  uploads.set(dataset, made);
  made.subscribe(tell);
  void made.run(picked, options.listKind ?? null).then(options.onOver);
  tell();
}

export function forgetUpload(dataset: string): void {
  uploads.delete(dataset);
  tell();
}

/** The upload into a dataset that this window is sending or has just sent. */
export function useUpload(dataset: string): { upload: Upload; progress: Progress } | null {
  const progress = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => uploads.get(dataset)?.progress ?? null,
  );
  const upload = uploads.get(dataset);
  return upload && progress ? { upload, progress } : null;
}
