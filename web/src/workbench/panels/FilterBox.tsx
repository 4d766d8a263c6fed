import { countByClass } from "../core/checks";
import { isSuggestion, type Mark } from "../core/model";
import type { Filter } from "../core/selection";
import { benchTexts } from "../texts-bench";
import { actionTexts } from "../texts-actions";
import { useBench } from "./hooks";

const flagged = (flag: string) => (mark: Mark): boolean => mark.flags?.includes(flag) ?? false;

/** Show everything, one class, or what wants a second look; list and stage follow. */
export function FilterBox() {
  const t = benchTexts.use();
  const name = actionTexts.use();
  const bench = useBench();
  const { selection, store } = bench;
  const { marks } = store.document;
  const counts = countByClass(marks);
  const of = (key: string, text: string, shows: (mark: Mark) => boolean): { filter: Filter; text: string; count: number } => ({ filter: { name: key, shows }, text, count: marks.filter(shows).length });
  const choices = [
    of("machine", t("filterMachine"), isSuggestion),
    of("uncertain", name("object.uncertain"), flagged("uncertain")),
    ...[...counts.keys()].map((label) => of(`class.${label}`, label === "" ? t("noClass") : bench.className(label), (mark) => (mark.label ?? "") === label)),
  ].filter(({ filter, count }) => count > 0 || filter.name === selection.filter?.name);
  if (marks.length === 0) return null;
  const choose = (key: string): void => {
    const filter = choices.find((choice) => choice.filter.name === key)?.filter ?? null;
    selection.showOnly(filter);
    // What is no longer seen is no longer chosen: a key must not change it.
    bench.choose([...selection.ids].filter((id) => { const mark = store.mark(id); return mark !== undefined && selection.visible(mark); }));
    bench.renderer.invalidate();
  };
  return (
    <select className={selection.filter ? "wb-filter on" : "wb-filter"} aria-label={t("filter")} title={t("filter")} value={selection.filter?.name ?? ""} onChange={(event) => { choose(event.target.value); event.target.blur(); }}>
      <option value="">{t("showAll")}</option>
      {choices.map(({ filter, text, count }) => <option key={filter.name} value={filter.name}>{`${text} (${count})`}</option>)}
    </select>
  );
}
