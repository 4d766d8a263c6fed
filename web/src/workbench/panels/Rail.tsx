import {
  IconAdjustmentsHorizontal, IconArrowBackUp, IconArrowForwardUp, IconArrowsMaximize, IconBrush, IconBucketDroplet, IconCircleMinus, IconCube, IconDots, IconEraser,
  IconLasso, IconLassoPolygon, IconLayoutGrid, IconLine, IconMagnet, IconMaximize, IconMessage, IconMoodSmile, IconOvalVertical, IconPoint, IconPointer, IconPolygon, IconRuler2, IconSlice,
  IconShare2, IconSquare, IconSquareRotated, IconWand, IconZoomIn, type Icon as TablerIcon,
} from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { chordName } from "../core/keys";
import { actionTexts } from "../texts-actions";
import { benchTexts } from "../texts-bench";
import { useBench, useDesk, type AnyText } from "./hooks";

const ICONS: Record<string, TablerIcon> = {
  select: IconPointer, box: IconSquare, obox: IconSquareRotated, polygon: IconPolygon, polyline: IconLine, points: IconPoint, keypoints: IconMoodSmile, ellipse: IconOvalVertical,
  cuboid2: IconCube, brush: IconBrush, eraser: IconEraser, fill: IconLassoPolygon, flood: IconBucketDroplet, superpixel: IconLayoutGrid, outline: IconWand, scissors: IconMagnet, cut: IconSlice,
  hole: IconCircleMinus, lasso: IconLasso, relation: IconShare2, ruler: IconRuler2, comment: IconMessage,
};

const FITTING = 7;

/** The tool strip. Everything here has a key, shown with its name as soon as the pointer rests on it. */
export function Rail() {
  const t = benchTexts.use();
  const name = actionTexts.use() as AnyText;
  const bench = useBench();
  const desk = useDesk();
  const [more, setMore] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const { registry } = desk;
  const title = (id: string): string => {
    const chord = registry.keysOf(id)[0];
    return `${name(id)}${chord ? ` ${chordName(chord)}` : ""}`;
  };
  useEffect(() => {
    if (!more) return;
    const close = (event: PointerEvent): void => { if (!menu.current?.contains(event.target as Node)) setMore(false); };
    window.addEventListener("pointerdown", close);
    return () => window.removeEventListener("pointerdown", close);
  }, [more]);

  const act = (id: string): void => { registry.perform(id, desk); };
  const button = (id: string, Icon: TablerIcon, on = false) => (
    <button
      key={id} type="button" className={`wb-tool${on ? " on" : ""}`} data-tip={title(id)} aria-label={name(id)} aria-pressed={id.startsWith("tool.") ? on : undefined}
      disabled={!registry.isEnabled(id, desk)} onClick={() => act(id)}
    >
      <Icon size={20} stroke={1.75} />
    </button>
  );
  const all = desk.state.task ? bench.toolRows : [];
  // Seven tools fit above the rest of the strip at 1366×610; the others stand behind "more".
  const front = all.filter((row) => !row.second);
  const first = front.slice(0, FITTING);
  const second = [...front.slice(FITTING), ...all.filter((row) => row.second)];
  const rest = [...second.map((row) => ({ id: `tool.${row.id}`, icon: ICONS[row.id] ?? IconDots, on: row.id === bench.activeTool })), { id: "tool.comment", icon: IconMessage, on: bench.activeTool === "comment" }];
  const hiddenOn = rest.find((entry) => entry.on);

  return (
    <nav className="wb-rail" aria-label={t("tools")}>
      <div className="wb-rail-tools">
        {first.map((row) => button(`tool.${row.id}`, ICONS[row.id] ?? IconDots, row.id === bench.activeTool))}
        {hiddenOn ? button(hiddenOn.id, hiddenOn.icon, true) : null}
        {desk.state.task ? (
          <div ref={menu} className="wb-more">
            <button type="button" className="wb-tool" data-tip={t("moreTools")} aria-label={t("moreTools")} aria-expanded={more} onClick={() => setMore(!more)}><IconDots size={20} stroke={1.75} /></button>
            {more ? (
              <div className={rest.length > 10 ? "wb-menu many" : "wb-menu"} role="menu">
                {rest.filter((entry) => registry.get(entry.id)).map(({ id, icon: Icon, on }) => (
                  <button key={id} type="button" role="menuitem" className={on ? "on" : ""} disabled={!registry.isEnabled(id, desk)} onClick={() => { act(id); setMore(false); }}>
                    <Icon size={18} stroke={1.75} /><span>{name(id)}</span><kbd>{registry.keysOf(id)[0] ? chordName(registry.keysOf(id)[0] as string) : ""}</kbd>
                  </button>
                ))}
              </div>
            ) : null}
          </div>
        ) : null}
      </div>
      <i />
      {button("edit.undo", IconArrowBackUp)}
      {button("edit.redo", IconArrowForwardUp)}
      <i />
      {button("view.in", IconZoomIn)}
      {button("view.fit", IconMaximize)}
      {button("view.actual", IconArrowsMaximize)}
      {button("view.adjust", IconAdjustmentsHorizontal)}
    </nav>
  );
}
