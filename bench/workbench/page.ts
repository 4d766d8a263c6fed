/** The page of the drawing benchmark: our renderer, konva and plain SVG with the same shapes and the same gestures. */
import Konva from "konva";
import { hitTest } from "../../web/src/workbench/core/hit";
import type { Mark } from "../../web/src/workbench/core/model";
import { ImageBench } from "../../web/src/workbench/image/bench";
import { CanvasRenderer } from "../../web/src/workbench/render/canvas";
import type { HelpClient } from "../../web/src/workbench/tools/tool";

const W = 1086, H = 543;

interface Run {
  /** Milliseconds from the start until everything is on screen. */
  init: number;
  frame(gesture: "pan" | "zoom" | "drag", i: number): void;
  end(gesture: "pan" | "zoom" | "drag"): void;
  /** Milliseconds from the end of a gesture until the picture is sharp again. */
  settled(): Promise<number>;
  hit(x: number, y: number): unknown;
}

/** Polygons of `vertices` points, the same for every renderer. */
export function polygons(count: number, vertices: number): { id: string; xy: number[]; label: string }[] {
  const side = Math.ceil(Math.sqrt(count));
  return Array.from({ length: count }, (_, i) => {
    const cx = ((i % side) + 0.5) * (1920 / side), cy = (Math.floor(i / side) + 0.5) * (1080 / side);
    const r = count === 1 ? 400 : Math.max(6, 700 / side), xy: number[] = [];
    for (let k = 0; k < vertices; k++) {
      const a = (2 * Math.PI * k) / vertices, wave = 1 + 0.2 * Math.sin(5 * a + i);
      xy.push(cx + r * wave * Math.cos(a), cy + r * wave * Math.sin(a));
    }
    return { id: `m${i}`, xy, label: `c${i % 9}` };
  });
}

const COLOURS = ["#4EE2FF", "#F46426", "#2046DE", "#F6BE48", "#D682A1", "#085D40", "#CBE1A4", "#8B0012", "#9B99FF"];
const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

function host(): HTMLDivElement {
  document.body.replaceChildren();
  const element = document.createElement("div");
  element.style.cssText = `position:relative;width:${W}px;height:${H}px;overflow:hidden;background:#2B2D2C`;
  document.body.append(element);
  return element;
}

async function ours(shapes: ReturnType<typeof polygons>): Promise<Run> {
  const element = host();
  const start = performance.now();
  const renderer = new CanvasRenderer();
  const bench = new ImageBench(renderer, {} as HelpClient, { ask: async () => null, changed: () => undefined });
  renderer.mount(element);
  bench.setViewSize({ w: W, h: H });
  const marks: Mark[] = shapes.map(({ id, xy, label }) => ({ id, label, geometry: { kind: "polygon", parts: [{ outer: xy }] } }));
  const schema = { classes: COLOURS.map((colour, i) => ({ id: `c${i}`, colour, kinds: ["polygon"] })) };
  bench.open({ schema, size: { w: 1920, h: 1080 }, base: { marks, relations: [], item_attrs: {} }, settings: { language: "en", minSize: 3, palette: undefined, readOnly: false, looking: true } });
  await nextFrame();
  while (!renderer.stats.sharp) await nextFrame();
  const init = performance.now() - start;
  const target = shapes[Math.floor(shapes.length / 2)]!;
  let dragging = false;
  const at = (i: number): { x: number; y: number; sx: number; sy: number } => {
    const x = target.xy[0]! + i * 0.5, y = target.xy[1]! + (i % 10);
    const [sx, sy] = bench.viewport().toScreen(x, y);
    return { x, y, sx, sy };
  };
  return {
    init,
    frame(gesture, i) {
      if (gesture === "pan") bench.setView(bench.viewport().panBy(i % 20 < 10 ? 5 : -5, i % 20 < 10 ? 2 : -2));
      else if (gesture === "zoom") bench.zoom(i % 20 < 10 ? 1.03 : 1 / 1.03, { x: 500, y: 250 });
      else {
        if (!dragging) { dragging = true; bench.choose([target.id]); bench.tool.down(at(0)); }
        bench.tool.move(at(10 + i));
      }
    },
    end(gesture) { if (gesture === "drag") { bench.tool.up(at(70)); dragging = false; } },
    async settled() {
      const from = performance.now();
      do await nextFrame(); while (!renderer.stats.sharp);
      return performance.now() - from;
    },
    hit: (x, y) => hitTest(bench.index, (id) => bench.store.mark(id), x, y, 3),
  };
}

async function konva(shapes: ReturnType<typeof polygons>): Promise<Run> {
  const element = host();
  const start = performance.now();
  const stage = new Konva.Stage({ container: element, width: W, height: H });
  const layer = new Konva.Layer();
  const k = Math.min(W / 1920, H / 1080);
  layer.scale({ x: k, y: k });
  const lines = shapes.map(({ xy, label }) => {
    const colour = COLOURS[Number(label.slice(1))]!;
    const line = new Konva.Line({ points: xy, closed: true, stroke: colour, strokeWidth: 2, strokeScaleEnabled: false, fill: `${colour}1A` });
    layer.add(line);
    return line;
  });
  stage.add(layer);
  await nextFrame();
  await nextFrame();
  const init = performance.now() - start;
  const target = lines[Math.floor(lines.length / 2)]!;
  return {
    init,
    frame(gesture, i) {
      if (gesture === "pan") layer.position({ x: layer.x() + (i % 20 < 10 ? 5 : -5), y: layer.y() + (i % 20 < 10 ? 2 : -2) });
      else if (gesture === "zoom") { const s = layer.scaleX() * (i % 20 < 10 ? 1.03 : 1 / 1.03); layer.scale({ x: s, y: s }); }
      else { const points = target.points().slice(); points[0] = points[0]! + 0.5; points[1] = points[1]! + ((i % 3) - 1); target.points(points); }
      layer.batchDraw();
    },
    end: () => undefined,
    async settled() { const from = performance.now(); await nextFrame(); return performance.now() - from; },
    hit: (x, y) => stage.getIntersection({ x: x * k, y: y * k }),
  };
}

async function svg(shapes: ReturnType<typeof polygons>): Promise<Run> {
  const element = host();
  const start = performance.now();
  const name = "http://www.w3.org/2000/svg";
  const root = document.createElementNS(name, "svg");
  root.setAttribute("width", `${W}`);
  root.setAttribute("height", `${H}`);
  const group = document.createElementNS(name, "g");
  const k = Math.min(W / 1920, H / 1080);
  let x = 0, y = 0, s = k;
  const place = (): void => group.setAttribute("transform", `translate(${x} ${y}) scale(${s})`);
  place();
  const nodes = shapes.map(({ xy, label }) => {
    const node = document.createElementNS(name, "polygon");
    const colour = COLOURS[Number(label.slice(1))]!;
    node.setAttribute("points", xy.join(" "));
    node.setAttribute("style", `stroke:${colour};stroke-width:2px;vector-effect:non-scaling-stroke;fill:${colour};fill-opacity:.1`);
    group.append(node);
    return node;
  });
  root.append(group);
  element.append(root);
  await nextFrame();
  await nextFrame();
  const init = performance.now() - start;
  const at = Math.floor(nodes.length / 2);
  const points = shapes[at]!.xy.slice();
  return {
    init,
    frame(gesture, i) {
      if (gesture === "pan") { x += i % 20 < 10 ? 5 : -5; y += i % 20 < 10 ? 2 : -2; place(); }
      else if (gesture === "zoom") { s *= i % 20 < 10 ? 1.03 : 1 / 1.03; place(); }
      else { points[0] = points[0]! + 0.5; points[1] = points[1]! + ((i % 3) - 1); nodes[at]!.setAttribute("points", points.join(" ")); }
    },
    end: () => undefined,
    async settled() { const from = performance.now(); await nextFrame(); return performance.now() - from; },
    hit: (px, py) => document.elementFromPoint(px * k, py * k),
  };
}

const KINDS = { ours, konva, svg };
let run: Run | null = null;

const api = {
  async open(kind: keyof typeof KINDS, count: number, vertices: number): Promise<number> {
    run = await KINDS[kind](polygons(count, vertices));
    return run.init;
  },
  /** `frames` frames of a gesture; the runner reads the CPU time around it. */
  async gesture(gesture: "pan" | "zoom" | "drag", frames: number): Promise<{ ms: number; settled: number }> {
    const start = performance.now();
    for (let i = 0; i < frames; i++) { await nextFrame(); run!.frame(gesture, i); }
    const ms = performance.now() - start;
    run!.end(gesture);
    return { ms, settled: await run!.settled() };
  },
  /** Microseconds of one hit test, mean of 2,000 places (the clock is too coarse for one). */
  hits(): number {
    const start = performance.now();
    for (let i = 0; i < 2000; i++) run!.hit((i * 37.3) % 1900, (i * 17.7) % 1000);
    return ((performance.now() - start) / 2000) * 1000;
  },
};
Object.assign(window, { benchmark: api });
