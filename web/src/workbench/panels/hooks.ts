import { createContext, useContext, useSyncExternalStore } from "react";
import type { Room } from "../image/room";

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error("useRoom is for parts of the bench");
  return room;
}

/** Redraw with the bench: marks, choice, view, tool. */
export function useBench(): Room["bench"] {
  const { bench } = useRoom();
  useSyncExternalStore((listener) => bench.subscribe(listener), () => bench.version);
  return bench;
}

/** Redraw with the desk: task, outbox, dialogs. */
export function useDesk(): Room["desk"] {
  const { desk } = useRoom();
  useSyncExternalStore((listener) => desk.subscribe(listener), () => desk.state);
  useSyncExternalStore((listener) => desk.outbox.subscribe(listener), () => desk.outbox.state);
  useSyncExternalStore((listener) => desk.supply.subscribe(listener), () => desk.supply.state);
  return desk;
}

/** A key of a text that is put together at run time (`check.tiny`); unknown keys show as they are. */
export type AnyText = (key: string, values?: Record<string, string | number>) => string;
