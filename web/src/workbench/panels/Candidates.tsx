import { useEffect, useRef } from "react";
import { hitGeometry } from "../core/hit";
import { area } from "../core/geometry";
import type { Mark } from "../core/model";
import { Viewport } from "../core/viewport";
import { paintShape } from "../render/shapes";
import { benchTexts } from "../texts-bench";
import { useBench, useDesk } from "./hooks";

const W = 280;
const H = 132;

/** Arbitration: anonymous answers side by side; take a mark, a whole one, or the fused result. */
export default function Candidates() {
  const t = benchTexts.use();
  const desk = useDesk();
  const { task } = desk.state;
  const all = [...(task?.candidates ?? []), ...(task?.fused ? [{ key: "", marks: task.fused.marks, relations: [], item_attrs: task.fused.item_attrs }] : [])];
  return (
    <section className="wb-candidates" aria-label={t("candidates")}>
      <header><b>{t("candidates")}</b><span className="wb-mute">{t("takeHint")}</span></header>
      <div>
        {all.map((candidate) => (
          <figure key={candidate.key || "fused"}>
            <View marks={candidate.marks} onTake={(mark) => desk.reviewing.takeCandidate({ marks: [mark], relations: [] }, false)} />
            <figcaption>
              <b>{candidate.key || t("fused")}</b><span className="wb-mute">{t("objects", { count: candidate.marks.length })}</span>
              <button type="button" className="wb-btn small" onClick={() => desk.reviewing.takeCandidate({ marks: candidate.marks, relations: candidate.relations ?? [] }, true, candidate.item_attrs)}>{candidate.key ? t("takeAll") : t("takeFused")}</button>
            </figcaption>
          </figure>
        ))}
      </div>
    </section>
  );
}

function View({ marks, onTake }: { marks: readonly Mark[]; onTake: (mark: Mark) => void }) {
  const bench = useBench();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { w, h } = bench.pictureSize();
  const scale = Math.min(W / w, H / h);
  const picture = bench.picture();
  useEffect(() => {
    const target = canvas.current;
    if (!target) return;
    const paint = (): void => {
      const ratio = window.devicePixelRatio || 1;
      target.width = Math.round(w * scale * ratio);
      target.height = Math.round(h * scale * ratio);
      const c = target.getContext("2d");
      if (!c) return;
      picture?.draw(c, 0, 0, scale * ratio, { x0: 0, y0: 0, x1: w, y1: h });
      for (const mark of marks) if (mark.geometry) paintShape(c, mark.geometry, { x: 0, y: 0, scale: scale * ratio, ratio }, { style: bench.styleFor(mark.label), edges: bench.edgesOf(mark) });
    };
    paint();
    picture?.onReady(paint);
  }, [bench, marks, picture, w, h, scale]);
  return (
    <canvas
      ref={canvas} style={{ width: w * scale, height: h * scale }}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const [x, y] = new Viewport({ w: W, h: H }, { w, h }, scale, 0, 0).toPicture(event.clientX - box.left, event.clientY - box.top);
        const hit = marks.filter((mark) => hitGeometry(mark.geometry, x, y, 6 / scale)).sort((a, b) => area(a.geometry) - area(b.geometry))[0];
        if (hit) onTake(hit);
      }}
    />
  );
}
