/** What passes between the page and the worker thread. */
import type { Click, Frame } from "./grabcut";

export type HelpRequest =
  | { id: number; kind: "outline"; width: number; height: number; data: ArrayBuffer; box: Frame; clicks: Click[] }
  | { id: number; kind: "wire"; width: number; height: number; data: ArrayBuffer; x: number; y: number }
  | { id: number; kind: "superpixels"; width: number; height: number; data: ArrayBuffer; size: number };

export type HelpAnswer =
  | { id: number; kind: "outline"; mask: Uint8Array }
  | { id: number; kind: "wire"; from: Int32Array }
  | { id: number; kind: "superpixels"; labels: Int32Array; count: number };
