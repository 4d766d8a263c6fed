import { useEffect, useRef, useState } from "react";
import type { WorkbenchPageProps } from "../app/workbench-props";
import { openStore, type Store } from "./outbox/db";
import { platform } from "./outbox/platform";
import type { WorkServer } from "./outbox/wire";
import type { DeskHooks } from "./image/desk";
import { openRoom, type Room } from "./image/room";
import { BenchRoom } from "./panels/BenchRoom";
import { benchTexts } from "./texts-bench";

// Pages that show answers draw with the bench's own brush; from here, so that the bench stays one file on the wire.
export { bounds as boundsOf } from "./core/geometry";
export { classStyle } from "./core/model";
export { difference, differenceOverlays } from "./image/compare";
export { paintOverlay } from "./render/overlay";
export { paintShape } from "./render/shapes";
export { platform } from "./outbox/platform";
export { NoAnswer, Refused } from "./outbox/wire";

/** Storage that is opened while the page is still being put together. */
let early: { account: string; store: Promise<Store> } | null = null;

/** Open an account's storage ahead of the page: on a slow PC the two take their time side by side. */
export function openEarly(account: string): void {
  early ??= { account, store: openStore(account) };
}

function storeOf(account: string): Promise<Store> {
  const ready = early?.account === account ? early.store : null;
  if (ready) early = null;
  return ready ?? openStore(account);
}

interface Props extends WorkbenchPageProps {
  /** Another server behind the same bench: lessons, practice and exams bring their own. */
  server?: WorkServer;
  hooks?: DeskHooks;
  /** Name of a storage of its own: what is practised never mixes with what is handed in. */
  apart?: string;
}

/** The image workbench over the whole window. Modes come with the tasks: work, rework, review, arbitrate, readonly. */
export default function WorkbenchPage({ kind, project, me, onLeave, server, hooks, apart }: Props) {
  const t = benchTexts.use();
  const [room, setRoom] = useState<Room | null>(null);
  const leave = useRef(onLeave);
  leave.current = onLeave;

  useEffect(() => {
    let opened: Room | null = null;
    let gone = false;
    void storeOf(apart ? `${me.id}-${apart}` : me.id).then((store) => {
      if (gone) { store.close(); return; }
      opened = openRoom({ store, server: server ?? platform(kind, project), account: me.id, kind, onLeave: () => leave.current(), ...(hooks ? { hooks } : {}), ...(apart ? { apart } : {}) });
      setRoom(opened);
    });
    return () => {
      gone = true;
      void opened?.close();
    };
  }, [me.id, kind, project, server, hooks, apart]);

  if (!room) return <p className="wb-opening" role="status">{t("opening")}</p>;
  return <BenchRoom room={room} me={me} />;
}
