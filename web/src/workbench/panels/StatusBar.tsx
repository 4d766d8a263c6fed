import { IconLayoutSidebarRightCollapse, IconLayoutSidebarRightExpand } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { chordName } from "../core/keys";
import { actionTexts } from "../texts-actions";
import { benchTexts } from "../texts-bench";
import { useBench, useDesk, type AnyText } from "./hooks";

const HINTS: Record<string, string> = {
  select: "hintSelect", lasso: "hintLasso", polygon: "hintPolygon", polyline: "hintPolygon", hole: "hintPolygon", brush: "hintBrush", eraser: "hintBrush", fill: "hintBrush",
  keypoints: "hintKeypoints", points: "hintPoints", obox: "hintTurned", cuboid2: "hintCuboid", outline: "hintOutline", scissors: "hintScissors", cut: "hintCut", relation: "hintRelation",
  ruler: "hintRuler", comment: "hintComment", flood: "hintFlood", superpixel: "hintFlood",
};

export function StatusBar() {
  const t = benchTexts.use() as AnyText;
  const name = actionTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    // Written past React: it changes with every pointer move.
    bench.onPointer = () => {
      if (place.current) place.current.textContent = bench.pointer ? t("statusPointer", { x: Math.round(bench.pointer.x), y: Math.round(bench.pointer.y) }) : "";
    };
    return () => { bench.onPointer = null; };
  }, [bench, t]);
  const { task } = desk.state;
  const { w, h } = bench.pictureSize();
  const tags = task && bench.activeTool === "select" && (desk.state.setup?.schema.classes ?? []).every((c) => c.abstract || c.kinds?.[0] === "none");
  const hint = bench.hint ? t(bench.hint.text, bench.hint.values) : task?.mode === "review" ? t("hintReview") : tags ? t("hintTags") : t(HINTS[bench.activeTool] ?? "hintDraw");
  const ready = Math.max(0, desk.supply.state.ready - (task ? 1 : 0));
  return (
    <footer className="wb-foot">
      {task ? <span>{t("statusSize", { w, h, percent: Math.round(bench.viewport().scale * (window.devicePixelRatio || 1) * 100) })}</span> : null}
      <span ref={place} className="wb-place" />
      {task && desk.kind === "work" ? <span className="wb-long">{ready > 0 ? t("ready", { count: ready }) : t("readyNone")}</span> : null}
      <span className="wb-space" />
      {desk.state.extra !== null ? <button type="button" className="wb-hint" role="status" title={t("ok")} onClick={() => desk.dismissExtra()}>{t("wasExtra", { name: desk.state.extra })}</button> : null}
      {desk.state.restored > 0 && !bench.hint && bench.store.steps <= desk.state.restored ? <b>{t("restored", { count: desk.state.restored })}</b> : <span className={bench.hint ? "wb-hint" : ""} aria-live="polite">{hint}</span>}
      <button type="button" onClick={() => desk.show("help")}>{t("allKeys")} <kbd>{chordName(desk.registry.keysOf("task.help")[0] ?? "Shift+Slash")}</kbd></button>
      <button type="button" className="wb-fold" title={name("view.panel")} aria-label={name("view.panel")} aria-pressed={desk.state.panel} onClick={() => desk.togglePanel()}>
        {desk.state.panel ? <IconLayoutSidebarRightCollapse size={18} stroke={1.75} /> : <IconLayoutSidebarRightExpand size={18} stroke={1.75} />}
      </button>
    </footer>
  );
}
