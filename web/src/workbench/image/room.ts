/** Puts the parts together: storage, tabs, renderer, helps, bench and desk. */
import { i18next } from "../../app/i18n";
import type { KeyMap } from "../core/actions";
import { uuid } from "../core/ids";
import { startHelps } from "../helps";
import type { Store } from "../outbox/db";
import { Tabs } from "../outbox/tabs";
import type { WorkServer } from "../outbox/wire";
import { CanvasRenderer } from "../render/canvas";
import { benchTexts } from "../texts-bench";
import { ImageBench } from "./bench";
import { Desk, type DeskHooks, type Profile } from "./desk";

export interface Room {
  bench: ImageBench;
  desk: Desk;
  /** The page's box for short texts at a place; set by the page. */
  ask: { current: ((question: string, x: number, y: number) => Promise<string | null>) | null };
  account: string;
  close(): Promise<void>;
}

export interface RoomOptions {
  store: Store;
  server: WorkServer;
  account: string;
  kind: "work" | "review";
  onLeave: () => void;
  hooks?: DeskHooks;
  apart?: string;
}

export function openRoom(options: RoomOptions): Room {
  const ask: Room["ask"] = { current: null };
  const helps = startHelps();
  const tabs = new Tabs(options.apart ? `${options.account}/${options.apart}` : options.account, uuid());
  const parts: { desk?: Desk } = {};
  const bench = new ImageBench(new CanvasRenderer(), helps, {
    ask: (question, x, y) => ask.current?.(question, x, y) ?? Promise.resolve(null),
    changed: (change) => parts.desk?.changed(change),
  });
  const desk = new Desk(bench, {
    ...options,
    tabs,
    language: () => i18next.language,
    yesNo: () => [benchTexts.say("yes"), benchTexts.say("no")],
    build: document.querySelector('meta[name="doujia-build"]')?.getAttribute("content") ?? "dev",
    keys: loadKeys(options.account),
  });
  parts.desk = desk;
  bench.options.autoNext = kept(autoNextName(options.account)) === "yes";
  const hidden = (): void => { if (document.visibilityState === "hidden") desk.hidden(); };
  // Leaving for good frees the task for the next page at once; a page kept in the back-forward cache goes on with it.
  const left = (event: PageTransitionEvent): void => { hidden(); if (!event.persisted) tabs.close(); };
  document.addEventListener("visibilitychange", hidden);
  window.addEventListener("pagehide", left);
  const online = (): void => desk.online();
  window.addEventListener("online", online);
  void desk.start();
  return {
    bench, desk, ask, account: options.account,
    close: async () => {
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("pagehide", left);
      window.removeEventListener("online", online);
      await desk.close();
      bench.close();
      helps.close();
      options.store.close();
    },
  };
}

const autoNextName = (account: string): string => `doujia.auto-next.${account}`;

/** Whether this person's last answer hands in, on this computer. */
export function saveAutoNext(account: string, on: boolean): void { keep(autoNextName(account), on ? "yes" : "no"); }

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

const keysName = (account: string): string => `doujia.keys.${account}`;

/** Keys that this person has chosen on this computer. */
export function loadKeys(account: string): { profile: Profile; map: KeyMap } {
  try {
    const stored = JSON.parse(kept(keysName(account)) ?? "null") as { profile?: Profile; map?: KeyMap } | null;
    return { profile: stored?.profile ?? "both", map: stored?.map ?? {} };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { profile: "both", map: {} };
  }
}

export function saveKeys(account: string, keys: { profile: Profile; map: KeyMap }): void { keep(keysName(account), JSON.stringify(keys)); }
