import { useEffect, useLayoutEffect, useRef } from "react";
import { chordName } from "../core/keys";
import { isSuggestion, type Geometry, type Mark } from "../core/model";
import { chosen } from "../image/commands";
import { actionTexts } from "../texts-actions";
import { benchTexts } from "../texts-bench";
import { useBench, useDesk, type AnyText } from "./hooks";

/** What one may want to do with the picture as a whole. */
const PICTURE = ["task.back", "task.empty", "task.skip", null, "edit.copy_previous", "edit.repeat", "edit.paste", "edit.all", null, "view.fit", "view.hide", "view.panel", null, "task.rules", "task.help", "task.keys"];

/** What one may want to do with the chosen marks, by their kind; null is a line between groups. */
function actionsFor(marks: readonly Mark[]): (string | null)[] {
  const all = (kind: Geometry["kind"]): boolean => marks.every((mark) => mark.geometry?.kind === kind);
  const several = marks.length > 1;
  return [
    ...(marks.some(isSuggestion) ? ["prelabel.accept", "prelabel.reject", null] : []),
    ...(several && (all("polygon") || all("mask")) ? ["object.join"] : []),
    ...(several ? ["object.group"] : []),
    ...(marks.some((mark) => mark.group) ? ["object.choose_group", "object.ungroup"] : []),
    ...(all("keypoints") ? ["object.mirror", "object.swap_sides"] : []),
    ...(!several && all("polygon") ? ["tool.cut", "tool.hole"] : []),
    ...(!several && all("box") ? ["tool.outline"] : []),
    "object.relabel", "edit.duplicate", "edit.copy", null, "object.raise", "object.lower", "object.lock", "object.hide", null, "object.delete",
  ];
}

/** The right mouse button's menu: everything that can be done here, in words, with its key. */
export function ObjectMenu() {
  const t = benchTexts.use();
  const name = actionTexts.use() as AnyText;
  const bench = useBench();
  const desk = useDesk();
  const box = useRef<HTMLDivElement>(null);
  const { menu } = desk.state;

  useEffect(() => {
    if (!menu) return;
    const close = (event: PointerEvent): void => { if (!box.current?.contains(event.target as Node)) desk.closeMenu(); };
    window.addEventListener("pointerdown", close, true);
    return () => window.removeEventListener("pointerdown", close, true);
  }, [menu, desk]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!menu || !element) return;
    element.style.left = `${Math.max(8, Math.min(menu.x, window.innerWidth - element.offsetWidth - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(menu.y, window.innerHeight - element.offsetHeight - 8))}px`;
    element.querySelector<HTMLElement>("button:not(:disabled)")?.focus();
  }, [menu]);

  if (!menu) return null;
  const marks = chosen(bench);
  const { registry } = desk;
  const offered = menu.about === "picture" || marks.length === 0 ? PICTURE : actionsFor(marks);
  const known = offered.filter((id) => id === null || registry.get(id) !== undefined);
  const step = (by: 1 | -1): void => {
    const buttons = [...(box.current?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div
      ref={box} className="wb-menu" role="menu" aria-label={t(menu.about === "picture" ? "pictureMenu" : "objectMenu")}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") { step(event.key === "ArrowDown" ? 1 : -1); event.preventDefault(); event.stopPropagation(); } else if (event.key === "Enter" || event.key === " ") event.stopPropagation();
        else if (!/^(Shift|Control|Alt|Meta)$/.test(event.key)) {
          // Any other key is the bench's; Esc and Tab only close.
          desk.closeMenu();
          if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); }
        }
      }}
    >
      {known.map((id, i) => (id === null ? <hr key={i} /> : (
        <button key={id} type="button" role="menuitem" disabled={!registry.isEnabled(id, desk)} onClick={() => { desk.closeMenu(); registry.perform(id, desk); }}>
          <span>{name(id)}</span><kbd>{registry.keysOf(id)[0] ? chordName(registry.keysOf(id)[0] as string) : ""}</kbd>
        </button>
      )))}
    </div>
  );
}
