import { useRouter } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { uiTexts } from "./ui-texts";

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
  /** A way onward; such a one stays until it is taken or closed. */
  way?: { word: string; path: string };
}

const SHOWN_MS = 6000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Say what was done, with the way to undo it when there is one. Errors belong at their place, not here. */
export function toast(text: string, undo?: () => void): void {
  last += 1;
  const id = last;
  change([...toasts, { id, text, undo }].slice(-3));
  setTimeout(() => change(toasts.filter((one) => one.id !== id)), SHOWN_MS);
}

/** Say what has happened elsewhere; it stays until the person has seen it. */
export function notice(text: string, way: { word: string; path: string }): void {
  last += 1;
  change([...toasts, { id: last, text, way }].slice(-3));
}

export function Toasts() {
  const router = useRouter();
  const t = uiTexts.use();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, undo, way }) => (
        <div key={id} className="toast">
          {text}
          {undo && (
            <button
              type="button"
              onClick={() => {
                undo();
                change(toasts.filter((one) => one.id !== id));
              }}
            >
              {t("undo")}
            </button>
          )}
          {way && (
            <>
              <button
                type="button"
                onClick={() => {
                  router.history.push(way.path);
                  change(toasts.filter((one) => one.id !== id));
                }}
              >
                {way.word}
              </button>
              <button type="button" onClick={() => change(toasts.filter((one) => one.id !== id))}>
                {t("close")}
              </button>
            </>
          )}
        </div>
      ))}
    </div>
  );
}
