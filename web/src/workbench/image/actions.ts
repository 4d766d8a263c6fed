/** Every action of the image bench with its key. Menus, the help sheet and the key settings read this list. */
import type { Action } from "../core/actions";
import { isSuggestion } from "../core/model";
import { KeypointsTool } from "../tools/points";
import { BoxTool } from "../tools/box";
import { OutlineTool } from "../tools/outline";
import * as commands from "./commands";
import * as copying from "./copying";
import type { Desk } from "./desk";
import type { ToolRow } from "./toolbox";

type A = Action<Desk>;

const any = (desk: Desk): boolean => desk.bench.selection.size > 0 && !desk.bench.settings.readOnly;
const writable = (desk: Desk): boolean => !desk.bench.settings.readOnly;
const brushing = (desk: Desk): boolean => ["brush", "eraser"].includes(desk.bench.activeTool);
/** Arrows move what is chosen, except while something is being drawn or the keyboard pointer leads. */
const nudging = (desk: Desk): boolean => any(desk) && !desk.bench.keyPointer && !desk.bench.tool.busy;

const ARROWS = [["left", "ArrowLeft", -1, 0], ["right", "ArrowRight", 1, 0], ["up", "ArrowUp", 0, -1], ["down", "ArrowDown", 0, 1]] as const;

function arrow(desk: Desk, dx: number, dy: number, fast: boolean): void {
  if (nudging(desk)) commands.nudge(desk.bench, dx * (fast ? 10 : 1), dy * (fast ? 10 : 1));
  else desk.keyPointer.move(dx, dy, fast);
}

export function taskActions(): A[] {
  return [
    { id: "task.finish", group: "task", keys: ["KeyF", "Ctrl+Enter"], inText: true, perform: (d) => void d.finish() },
    { id: "task.back", group: "task", keys: ["KeyB"], perform: (d) => void d.back() },
    { id: "task.empty", group: "task", keys: ["KeyN"], enabled: (d) => writable(d) && d.bench.store.document.marks.length === 0, perform: (d) => void d.sayEmpty() },
    { id: "task.skip", group: "task", keys: ["Shift+KeyF"], perform: (d) => d.show("skip") },
    { id: "task.ask", group: "task", keys: ["KeyQ"], perform: (d) => d.show("ask") },
    { id: "task.rules", group: "task", keys: ["F1"], inText: true, perform: (d) => d.toggle("rules") },
    { id: "task.help", group: "task", keys: ["Shift+Slash"], perform: (d) => d.toggle("help") },
    { id: "task.keys", group: "task", keys: ["F2"], perform: (d) => d.toggle("keys") },
    { id: "task.leave", group: "task", keys: ["Ctrl+Shift+KeyQ"], perform: (d) => d.leave() },
    { id: "class.search", group: "class", keys: ["Slash"], perform: (d) => d.show("search") },
    { id: "class.up", group: "class", keys: ["Shift+Backspace"], enabled: (d) => d.bench.branch !== null, perform: (d) => { d.bench.branch = d.answering.parentBranch(); d.bench.notify(); } },
    { id: "class.question", group: "class", keys: ["Shift+Tab"], enabled: (d) => d.answering.hasQuestions(), perform: (d) => d.answering.nextQuestion() },
  ];
}

export function editActions(): A[] {
  return [
    { id: "edit.undo", group: "edit", keys: ["Ctrl+KeyZ"], repeat: true, enabled: (d) => writable(d) && d.bench.store.canUndo, perform: (d) => { d.bench.tool.cancel(); d.bench.store.undo(); } },
    { id: "edit.redo", group: "edit", keys: ["Ctrl+KeyY", "Ctrl+Shift+KeyZ"], repeat: true, enabled: (d) => writable(d) && d.bench.store.canRedo, perform: (d) => { d.bench.store.redo(); } },
    { id: "edit.copy", group: "edit", keys: ["Ctrl+KeyC"], enabled: (d) => d.bench.selection.size > 0, perform: (d) => copying.copy(d.bench) },
    { id: "edit.paste", group: "edit", keys: ["Ctrl+KeyV"], enabled: (d) => writable(d) && d.bench.clipboard.marks.length > 0, perform: (d) => copying.paste(d.bench) },
    { id: "edit.duplicate", group: "edit", keys: ["Ctrl+KeyD"], enabled: any, perform: (d) => copying.duplicate(d.bench) },
    { id: "edit.repeat", group: "edit", keys: ["KeyD"], enabled: writable, perform: (d) => copying.repeatLast(d.bench) },
    { id: "edit.copy_previous", group: "edit", keys: ["Ctrl+Shift+KeyV"], enabled: (d) => writable(d) && d.bench.previous.marks.length > 0, perform: (d) => copying.copyFromPrevious(d.bench) },
    { id: "edit.all", group: "edit", keys: ["Ctrl+KeyA"], perform: (d) => commands.selectAll(d.bench) },
    {
      id: "edit.enter", group: "edit", keys: ["Enter", "NumpadEnter"],
      perform: (d) => {
        if (d.state.veiled) { d.veil(false); return; }
        const drawing = d.bench.keyPointer !== null;
        if (drawing) { if (!d.keyPointer.press()) d.bench.tool.complete(); } else d.bench.tool.complete();
      },
    },
    { id: "edit.complete", group: "edit", keys: ["Shift+Enter"], perform: (d) => { d.bench.tool.complete(); } },
    {
      id: "edit.cancel", group: "edit", keys: ["Escape"],
      perform: (d) => {
        if (d.closeDialog()) return;
        if (d.bench.tool.cancel()) return;
        if (d.bench.keyPointer) { d.bench.keyPointer = null; d.bench.notify(); return; }
        if (d.bench.branch) { d.bench.branch = d.answering.parentBranch(); d.bench.notify(); return; }
        if (d.bench.selection.size > 0) d.bench.choose([]);
        else if (d.bench.activeTool !== "select") d.bench.setTool("select");
      },
    },
    { id: "edit.point_back", group: "edit", keys: ["Backspace"], repeat: true, perform: (d) => { if (!d.bench.tool.back() && any(d)) commands.deleteChosen(d.bench); } },
  ];
}

export function objectActions(): A[] {
  return [
    ...ARROWS.flatMap(([name, code, dx, dy]): A[] => [
      { id: `object.move_${name}`, group: "object", keys: [code], repeat: true, perform: (d) => arrow(d, dx, dy, false) },
      { id: `object.move_${name}_10`, group: "object", keys: [`Shift+${code}`], repeat: true, perform: (d) => arrow(d, dx, dy, true) },
      { id: `object.size_${name}`, group: "object", keys: [`Alt+${code}`], repeat: true, enabled: any, perform: (d) => commands.resizeBy(d.bench, dx, dy) },
    ]),
    { id: "object.delete", group: "object", keys: ["Delete"], enabled: any, perform: (d) => commands.deleteChosen(d.bench) },
    { id: "object.next", group: "object", keys: ["Tab"], repeat: true, perform: (d) => d.tab(1) },
    { id: "object.previous", group: "object", keys: ["Ctrl+Backquote"], repeat: true, perform: (d) => d.tab(-1) },
    { id: "object.relabel", group: "object", keys: ["KeyC"], enabled: any, perform: (d) => d.bench.hardenChoice() },
    { id: "object.turn_left", group: "object", keys: ["BracketLeft"], repeat: true, enabled: (d) => any(d) || brushing(d), perform: (d) => d.bracket(-1) },
    { id: "object.turn_right", group: "object", keys: ["BracketRight"], repeat: true, enabled: (d) => any(d) || brushing(d), perform: (d) => d.bracket(1) },
    { id: "object.point_next", group: "object", keys: ["Period"], repeat: true, enabled: any, perform: (d) => d.stepPoint(1) },
    { id: "object.point_previous", group: "object", keys: ["Comma"], repeat: true, enabled: any, perform: (d) => d.stepPoint(-1) },
    { id: "object.point_skip", group: "object", keys: ["Semicolon"], enabled: (d) => d.bench.tool instanceof KeypointsTool, perform: (d) => { if (d.bench.tool instanceof KeypointsTool) d.bench.tool.skip(); } },
    { id: "object.point_hidden", group: "object", keys: ["Quote"], enabled: (d) => d.bench.tool instanceof KeypointsTool, perform: (d) => d.toggleHiddenPoint() },
    { id: "object.mirror", group: "object", keys: ["Shift+KeyJ"], enabled: any, perform: (d) => commands.mirrorChosen(d.bench, false) },
    { id: "object.swap_sides", group: "object", keys: ["Ctrl+Shift+KeyJ"], enabled: any, perform: (d) => commands.mirrorChosen(d.bench, true) },
    { id: "object.group", group: "object", keys: ["Ctrl+KeyG"], enabled: any, perform: (d) => commands.group(d.bench) },
    { id: "object.ungroup", group: "object", keys: ["Ctrl+Shift+KeyG"], enabled: any, perform: (d) => commands.ungroup(d.bench) },
    { id: "object.choose_group", group: "object", keys: ["Alt+KeyG"], enabled: any, perform: (d) => commands.chooseGroup(d.bench) },
    { id: "object.join", group: "object", keys: ["Ctrl+KeyJ"], enabled: any, perform: (d) => void commands.joinChosen(d.bench) },
    { id: "object.raise", group: "object", keys: ["PageUp"], enabled: any, perform: (d) => commands.stack(d.bench, "up") },
    { id: "object.lower", group: "object", keys: ["PageDown"], enabled: any, perform: (d) => commands.stack(d.bench, "down") },
    { id: "object.top", group: "object", keys: ["Shift+PageUp"], enabled: any, perform: (d) => commands.stack(d.bench, "top") },
    { id: "object.bottom", group: "object", keys: ["Shift+PageDown"], enabled: any, perform: (d) => commands.stack(d.bench, "bottom") },
    { id: "object.lock", group: "object", keys: ["Shift+KeyL"], enabled: any, perform: (d) => { for (const id of d.bench.selection.ids) d.bench.selection.toggleLocked(id); } },
    { id: "object.hide", group: "object", keys: ["Shift+KeyH"], enabled: (d) => d.bench.selection.size > 0, perform: (d) => { for (const id of d.bench.selection.ids) d.bench.selection.toggleHidden(id); d.bench.renderer.invalidate(); } },
    ...["occluded", "truncated", "uncertain"].map((flag, i): A => ({
      id: `object.${flag}`, group: "object", keys: [`Alt+Digit${i + 1}`], enabled: any, perform: (d) => commands.toggleFlag(d.bench, flag),
    })),
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n): A => ({
      id: `object.value_${n}`, group: "object", keys: [`Shift+Digit${n}`], enabled: any, perform: (d) => d.answering.answer(n - 1),
    })),
    { id: "prelabel.accept", group: "object", keys: ["KeyA"], enabled: (d) => writable(d) && d.bench.store.document.marks.some(isSuggestion), perform: (d) => commands.accept(d.bench) },
    { id: "prelabel.accept_all", group: "object", keys: ["Ctrl+Shift+KeyA"], enabled: (d) => writable(d) && commands.sureSuggestions(d.bench).length > 0, perform: (d) => commands.acceptAll(d.bench) },
    { id: "prelabel.reject", group: "object", keys: ["KeyR"], enabled: (d) => writable(d) && commands.chosen(d.bench).some(isSuggestion), perform: (d) => commands.reject(d.bench) },
    { id: "prelabel.next", group: "object", keys: ["KeyT"], perform: (d) => commands.nextSuggestion(d.bench) },
  ];
}

export function viewActions(): A[] {
  const flip = (d: Desk, help: "crosshair" | "magnifier"): void => d.bench.setHelps({ [help]: !d.bench.helps[help] });
  return [
    { id: "view.fit", group: "view", keys: ["Home", "KeyZ"], perform: (d) => d.bench.fit() },
    { id: "view.actual", group: "view", keys: ["End", "Shift+KeyZ"], perform: (d) => d.bench.setView(d.bench.viewport().actual(window.devicePixelRatio || 1)) },
    { id: "view.in", group: "view", keys: ["Equal", "NumpadAdd"], repeat: true, perform: (d) => d.bench.zoom(1.25) },
    { id: "view.out", group: "view", keys: ["Minus", "NumpadSubtract"], repeat: true, perform: (d) => d.bench.zoom(0.8) },
    ...ARROWS.map(([name, code, dx, dy]): A => ({ id: `view.${name}`, group: "view", keys: [`Ctrl+${code}`], repeat: true, perform: (d) => d.bench.setView(d.bench.viewport().panBy(-60 * dx, -60 * dy)) })),
    { id: "view.hide", group: "view", keys: ["KeyH"], perform: (d) => { d.bench.selection.hideAll(!d.bench.selection.allHidden); d.bench.renderer.invalidate(); } },
    { id: "view.adjust", group: "view", keys: ["Shift+KeyB"], perform: (d) => d.toggle("adjust") },
    { id: "view.invert", group: "view", keys: ["Shift+KeyI"], perform: (d) => d.bench.setAdjust({ ...d.bench.adjust, invert: !d.bench.adjust.invert }) },
    { id: "view.crosshair", group: "view", keys: ["Shift+KeyX"], perform: (d) => flip(d, "crosshair") },
    { id: "view.grid", group: "view", keys: ["Shift+KeyG"], perform: (d) => d.bench.setHelps({ grid: d.bench.helps.grid ? null : 50 }) },
    { id: "view.magnifier", group: "view", keys: ["Shift+KeyM"], perform: (d) => flip(d, "magnifier") },
    { id: "view.veil", group: "view", keys: ["Shift+KeyU"], enabled: (d) => d.sensitive, perform: (d) => d.veil(!d.state.veiled) },
    { id: "view.panel", group: "view", keys: ["Backslash"], perform: (d) => d.togglePanel() },
    { id: "view.side_by_side", group: "view", keys: ["Shift+KeyY"], enabled: (d) => d.reviewing.canCompare(), perform: (d) => d.reviewing.toggleCompare() },
  ];
}

export function reviewActions(): A[] {
  return [
    { id: "review.accept", group: "review", keys: ["KeyF"], perform: (d) => d.reviewing.review("accept") },
    { id: "review.fix", group: "review", keys: ["Shift+KeyF"], perform: (d) => d.reviewing.review("fix") },
    { id: "review.reject", group: "review", keys: ["Shift+KeyN"], perform: (d) => d.reviewing.review("reject") },
    { id: "review.finding", group: "review", keys: ["Shift+KeyE"], perform: (d) => d.show("finding") },
    { id: "review.diff", group: "review", keys: ["Shift+KeyD"], perform: (d) => d.reviewing.toggleDiff() },
  ];
}

export function toolActions(rows: readonly ToolRow[]): A[] {
  return rows.map((row): A => ({
    id: `tool.${row.id}`, group: "tool", keys: [row.key],
    enabled: (d) => writable(d) || row.id === "select" || row.looks === true,
    perform: (d) => {
      // The key of a tool that is on already changes its way of working.
      if (d.bench.activeTool === row.id) {
        if (d.bench.tool instanceof BoxTool) d.bench.options.boxBy = d.bench.options.boxBy === "drag" ? "extreme" : "drag";
        else if (d.bench.tool instanceof KeypointsTool) d.bench.options.skeletonBy = d.bench.options.skeletonBy === "template" ? "points" : "template";
        d.bench.notify();
        return;
      }
      d.bench.setTool(row.id);
      if (d.bench.tool instanceof OutlineTool) d.bench.tool.fromChosen();
    },
  }));
}
