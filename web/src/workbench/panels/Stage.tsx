import { useEffect, useRef, useState } from "react";
import { minimapGo, needsMinimap, paintMinimap } from "../render/minimap";
import { attachPointer, chooseUnder } from "../image/pointer";
import { benchTexts } from "../texts-bench";
import { useBench, useDesk, useRoom, type AnyText } from "./hooks";
import { Key } from "./TopBar";

/** The canvas, and what floats over it. */
export function Stage() {
  const t = benchTexts.use();
  const room = useRoom();
  const desk = useDesk();
  const host = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const stage = host.current;
    if (!stage) return;
    const { bench } = room;
    bench.renderer.mount(stage);
    const measure = (): void => bench.setViewSize({ w: stage.clientWidth, h: stage.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(stage);
    measure();
    const detach = attachPointer(bench, stage);
    stage.focus({ preventScroll: true });
    return () => {
      observer.disconnect();
      detach();
    };
  }, [room]);

  const { phase, task } = desk.state;
  return (
    <div
      ref={host} className="wb-stage" tabIndex={0} role="application" aria-label={t("stage")}
      onContextMenu={(event) => {
        if (desk.readOnly || !task || room.bench.tool.busy) return;
        const box = event.currentTarget.getBoundingClientRect();
        chooseUnder(room.bench, event.clientX - box.left, event.clientY - box.top);
        desk.openMenu(event.clientX, event.clientY);
      }}
    >
      <Minimap />
      <Ask />
      {phase === "ready" && desk.state.veiled ? <Veil /> : null}
      {phase !== "ready" || !task ? <Empty /> : desk.state.pictureFailed ? <div className="wb-plate" role="alert"><p>{t("pictureFailed")}</p></div> : null}
    </div>
  );
}

/** Upsetting content is blurred until she asks for it. */
function Veil() {
  const t = benchTexts.use();
  const desk = useDesk();
  return (
    <div className="wb-veil">
      <div className="wb-plate" role="status">
        <h2>{t("veilTitle")}</h2>
        <p>{t("veilText")}</p>
        <p className="wb-row">
          {desk.registry.get("task.skip") ? <button type="button" className="wb-btn" onClick={() => desk.show("skip")}>{t("veilSkip")} <Key desk={desk} id="task.skip" /></button> : null}
          <button type="button" className="wb-btn main" onClick={() => desk.veil(false)}>{t("veilShow")} <Key desk={desk} id="edit.enter" /></button>
        </p>
      </div>
    </div>
  );
}

function Empty() {
  const t = benchTexts.use();
  const desk = useDesk();
  const supply = desk.supply.state;
  const chinese = document.documentElement.lang.startsWith("zh");
  const down = supply.line === "down";
  const over = supply.empty?.reason === "practice_over";
  if (supply.fetching && !supply.empty) return <div className="wb-plate" role="status"><p>{t("fetching")}</p></div>;
  return (
    <div className="wb-plate" role="status">
      <h2>{down ? t("lineTitle") : (supply.empty ? (chinese ? supply.empty.zh : supply.empty.en) : t("emptyTitle"))}</h2>
      {over && !down ? null : <p>{down ? t("lineWait") : t("emptyWait")}</p>}
      <p className="wb-row">
        {over ? null : <button type="button" className="wb-btn" onClick={() => void desk.supply.fill()}>{t("again")}</button>}
        <button type="button" className="wb-btn main" onClick={() => desk.leave()}>{t("leave")}</button>
      </p>
    </div>
  );
}

function Minimap() {
  const t = benchTexts.use();
  const bench = useBench();
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = bench.viewport();
  const picture = bench.picture();
  const shown = picture !== null && needsMinimap(view);
  useEffect(() => {
    if (!shown || !picture || !canvas.current) return;
    const target = canvas.current;
    const timer = setTimeout(() => paintMinimap(target, picture, view), 60);
    return () => clearTimeout(timer);
  }, [shown, picture, view]);
  if (!shown) return null;
  const scale = Math.min(132 / view.picture.w, 132 / view.picture.h);
  return (
    <canvas
      ref={canvas} className="wb-minimap" role="img" aria-label={t("minimap")} style={{ width: view.picture.w * scale, height: view.picture.h * scale }}
      onPointerDown={(event) => {
        event.stopPropagation();
        const box = event.currentTarget.getBoundingClientRect();
        bench.setView(minimapGo(bench.viewport(), event.clientX - box.left, event.clientY - box.top));
      }}
    />
  );
}

interface Question { text: string; x: number; y: number; answer: (text: string | null) => void }

/** A small box for a short text at a place. */
function Ask() {
  const t = benchTexts.use() as AnyText;
  const { ask } = useRoom();
  const [question, setQuestion] = useState<Question | null>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    ask.current = (key, x, y) => new Promise((answer) => { setText(""); setQuestion({ text: key, x, y, answer }); });
    return () => { ask.current = null; };
  }, [ask]);
  if (!question) return null;
  const done = (value: string | null): void => { question.answer(value); setQuestion(null); };
  return (
    <form
      className="wb-ask" style={{ left: Math.max(8, question.x), top: Math.max(8, question.y + 8) }} onPointerDown={(event) => event.stopPropagation()}
      onSubmit={(event) => { event.preventDefault(); done(text.trim() || null); }}
    >
      <input autoFocus aria-label={t(question.text)} placeholder={t(question.text)} value={text} maxLength={500} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); done(null); } }} />
      <button type="submit" className="wb-btn main">{t("ok")}</button>
    </form>
  );
}
