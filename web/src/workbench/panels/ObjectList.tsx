import { IconEye, IconEyeOff, IconLock, IconLockOpen, IconTrash } from "@tabler/icons-react";
import { useLayoutEffect, useRef, useState } from "react";
import { bounds } from "../core/geometry";
import { isSuggestion, type Mark } from "../core/model";
import { removeMarks } from "../core/store";
import { benchTexts } from "../texts-bench";
import { useBench } from "./hooks";

const ROW = 26;

/** All marks; only the rows in view exist, so that ten thousand are as light as ten. */
export function ObjectList() {
  const t = benchTexts.use();
  const bench = useBench();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(200);
  const { selection } = bench;
  const { filter } = selection;
  const marks = filter ? bench.store.document.marks.filter((mark) => filter.shows(mark)) : bench.store.document.marks;
  const only = selection.only;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = new ResizeObserver(() => setHeight(element.clientHeight));
    measure.observe(element);
    return () => measure.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || only === undefined) return;
    const at = marks.findIndex((mark) => mark.id === only) * ROW;
    if (at >= 0 && (at < element.scrollTop || at + ROW > element.scrollTop + element.clientHeight)) element.scrollTop = at - element.clientHeight / 2;
  }, [only]);

  const first = Math.max(0, Math.floor(top / ROW) - 4), last = Math.min(marks.length, Math.ceil((top + height) / ROW) + 4);
  return (
    <div ref={box} className="wb-list" onScroll={(event) => setTop(event.currentTarget.scrollTop)} role="listbox" aria-label={t("objects", { count: marks.length })} aria-multiselectable="true">
      <div style={{ height: marks.length * ROW, position: "relative" }}>
        {marks.slice(first, last).map((mark, i) => <Row key={mark.id} mark={mark} at={(first + i) * ROW} />)}
      </div>
    </div>
  );
}

function Row({ mark, at }: { mark: Mark; at: number }) {
  const t = benchTexts.use();
  const bench = useBench();
  const { selection } = bench;
  const hidden = selection.hidden.has(mark.id), locked = selection.locked.has(mark.id);
  const suggestion = isSuggestion(mark);
  const name = mark.label == null ? (mark.text ?? t("noClass")) : bench.className(mark.label);
  return (
    <div
      className={`wb-row-mark${selection.has(mark.id) ? " on" : ""}${suggestion ? " machine" : ""}`} style={{ top: at, height: ROW }} role="option" aria-selected={selection.has(mark.id)} tabIndex={-1}
      onClick={(event) => {
        if (event.ctrlKey || event.shiftKey) selection.toggle(mark.id); else bench.choose([mark.id]);
        bench.reveal(bounds(mark.geometry));
      }}
    >
      <span className="wb-swatch" style={{ background: bench.styleFor(mark.label).colour }} />
      <span className="wb-row-name">{name}{suggestion ? `? ${mark.score != null ? `${Math.round(mark.score * 100)}%` : ""}` : ""}</span>
      <span className="wb-row-detail">{bench.detailOf(mark)}</span>
      {mark.group ? <span className="wb-group" title={mark.group} /> : null}
      {locked || selection.has(mark.id) ? <button type="button" className="wb-icon" title={locked ? t("unlock") : t("lock")} aria-label={locked ? t("unlock") : t("lock")} onClick={(event) => { event.stopPropagation(); selection.toggleLocked(mark.id); }}>{locked ? <IconLock size={15} /> : <IconLockOpen size={15} />}</button> : null}
      {selection.has(mark.id) && !locked && !bench.settings.readOnly ? <button type="button" className="wb-icon" title={t("remove")} aria-label={t("remove")} onClick={(event) => { event.stopPropagation(); bench.commit(removeMarks(bench.store.document, new Set([mark.id])), "object.delete"); }}><IconTrash size={15} /></button> : null}
      <button type="button" className="wb-icon" title={hidden ? t("show") : t("hide")} aria-label={hidden ? t("show") : t("hide")} onClick={(event) => { event.stopPropagation(); selection.toggleHidden(mark.id); bench.renderer.invalidate(); }}>
        {hidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
      </button>
    </div>
  );
}
