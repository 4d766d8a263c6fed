import { IconCheck, IconDots, IconSearch } from "@tabler/icons-react";
import { i18next } from "../../app/i18n";
import { chordName } from "../core/keys";
import { countByClass } from "../core/checks";
import { isSuggestion } from "../core/model";
import { inkOn } from "../render/masks";
import { ancestorsOf } from "../image/chips";
import { sureSuggestions, suggestions } from "../image/commands";
import { benchTexts } from "../texts-bench";
import { Attributes, ItemQuestions } from "./Attributes";
import { useBench, useDesk } from "./hooks";
import { Comments } from "./Comments";
import { FilterBox } from "./FilterBox";
import { ObjectList } from "./ObjectList";
import { ToolOptionsBar } from "./ToolOptionsBar";
import { ReviewPanel } from "./ReviewPanel";
import { Key } from "./TopBar";

/** From so many letters on a name takes two small lines on its chip. */
const LONG = 11;

/** The panel: classes with their keys, the chosen mark's attributes, the list of objects. */
export function Side() {
  const t = benchTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const { task, setup } = desk.state;
  if (!task || !setup) return <aside className="wb-side" aria-label={t("panel")} />;
  const machine = suggestions(bench);
  const done = bench.store.document.marks.length - machine.length;
  const sure = sureSuggestions(bench).length, percent = Math.round(bench.acceptFrom * 100);
  // With a suggestion chosen the short key takes that one; all of them have a key of their own.
  const oneChosen = machine.some((mark) => bench.selection.has(mark.id));
  return (
    <aside className="wb-side" aria-label={t("panel")}>
      <Chips />
      <ToolOptionsBar />
      <ItemQuestions />
      <Attributes />
      {task.mode === "review" || task.mode === "rework" ? <ReviewPanel /> : null}
      <Comments />
      <section className="wb-sec wb-objects">
        <header>
          <h2>{t("objects", { count: done })}</h2>
          {machine.length > 0 && !bench.selection.filter ? <span className="wb-mute">{t("suggestions", { count: machine.length })}</span> : null}
          <span className="wb-space" />
          <FilterBox />
          <button
            type="button" className="wb-icon" title={t("objectMenu")} aria-label={t("objectMenu")} aria-haspopup="menu" disabled={bench.settings.readOnly}
            onClick={(event) => { const r = event.currentTarget.getBoundingClientRect(); desk.openMenu(r.right, r.bottom + 4); }}
          ><IconDots size={18} /></button>
        </header>
        <ObjectList />
      </section>
      {machine.length > 0 && !bench.settings.readOnly ? (
        <div className="wb-machine">
          {/* With one chosen its own key takes that one alone; the key of all is longer than the button is wide, the menu names it. */}
          <button type="button" className="wb-btn" disabled={sure === 0} onClick={() => desk.registry.perform("prelabel.accept_all", desk)} title={t("acceptFrom", { percent })}>
            <IconCheck size={16} stroke={1.75} />{t("acceptAll", { count: sure })} {oneChosen ? null : <Key desk={desk} id="prelabel.accept" />}
          </button>
          <button type="button" className="wb-btn" onClick={() => desk.registry.perform("prelabel.next", desk)}>{t("oneByOne")} <Key desk={desk} id="prelabel.next" /></button>
          <label className="wb-threshold">
            <span>{t("acceptFrom", { percent })}</span>
            <input type="range" min={0} max={100} step={5} value={percent} onChange={(event) => { bench.acceptFrom = Number(event.target.value) / 100; bench.notify(); }} />
          </label>
        </div>
      ) : null}
    </aside>
  );
}

function Chips() {
  const t = benchTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const chips = desk.answering.chips();
  const counts = countByClass(bench.store.document.marks.filter((mark) => !isSuggestion(mark)));
  const values = bench.store.document.item_attrs;
  // A tag lights its branches too, so that one sees at every level of a tree where it stands.
  const tagged = new Set(bench.store.document.marks.filter((m) => (m.geometry?.kind ?? "none") === "none" && m.label != null).flatMap((m) => [m.label as string, ...ancestorsOf(bench.schema(), m.label as string)]));
  if (chips.length === 0) return null;
  const on = (id: string, attribute?: string, value?: string): boolean => {
    if (attribute !== undefined) { const v = values[attribute]; return Array.isArray(v) ? v.includes(value ?? "") : String(v) === value; }
    return tagged.has(id) || (id === bench.label() && tagged.size === 0);
  };
  const question = chips[0]?.attribute !== undefined ? desk.state.setup?.schema.attributes?.find((a) => a.id === chips[0]?.attribute) : undefined;
  return (
    <section className="wb-chips" aria-label={t("classes")}>
      {question ? <h2>{question.names?.[i18next.language.slice(0, 2)] ?? question.name ?? question.id}</h2> : null}
      <div className={chips.length > 24 ? "wb-grid many" : "wb-grid"}>
        {bench.branch !== null ? <button type="button" className="wb-chip up" onClick={() => { bench.branch = desk.answering.parentBranch(); bench.notify(); }}>← {t("up")}</button> : null}
        {chips.map((chip) => (
          <button
            key={chip.id} type="button" className={`wb-chip${on(chip.id, chip.attribute, chip.value) ? " on" : ""}`} title={chip.text}
            aria-pressed={on(chip.id, chip.attribute, chip.value)} disabled={bench.settings.readOnly} onClick={() => desk.answering.pick(chip)}
          >
            <span className="wb-key" style={chip.style ? { background: chip.style.colour, color: inkOn(chip.style.colour) } : undefined} data-pattern={chip.style?.pattern}>{chip.key ? chordName(chip.key) : ""}</span>
            <span className={chip.text.length > LONG ? "wb-chip-text long" : "wb-chip-text"}>{chip.text}{chip.branch ? " ›" : ""}</span>
            {counts.get(chip.id) ? <span className="wb-count">{counts.get(chip.id)}</span> : null}
          </button>
        ))}
      </div>
      {chips.length > 12 ? <button type="button" className="wb-btn quiet small" onClick={() => desk.show("search")}><IconSearch size={14} />{t("search")} <Key desk={desk} id="class.search" /></button> : null}
    </section>
  );
}
