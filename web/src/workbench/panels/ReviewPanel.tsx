import { IconFlag, IconX } from "@tabler/icons-react";
import { i18next } from "../../app/i18n";
import { bounds } from "../core/geometry";
import type { ReviewFinding } from "../outbox/wire";
import { benchTexts } from "../texts-bench";
import { useBench, useDesk } from "./hooks";
import { Key } from "./TopBar";

/** Errors pointed out: by me in a review, about me in a task that came back. */
export function ReviewPanel() {
  const t = benchTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const { task, setup, reviewFindings, diff } = desk.state;
  if (!task || !setup) return null;
  const reviewing = task.mode === "review";
  const list = reviewing ? reviewFindings : (task.findings ?? []);
  const chinese = i18next.language.startsWith("zh");
  const word = (finding: ReviewFinding): string => {
    const found = (setup.settings.error_classes ?? []).find((c) => c.id === finding.error_class);
    return found ? (chinese ? found.zh : found.en) : finding.error_class;
  };
  const go = (finding: ReviewFinding): void => {
    const [x, y] = finding.place ?? [NaN, NaN];
    const mark = bench.store.mark(finding.mark ?? "");
    desk.goTo({ ...(mark ? { mark: mark.id } : {}), place: finding.place ? { x0: x - 20, y0: y - 20, x1: x + 20, y1: y + 20 } : bounds(mark?.geometry) });
  };
  return (
    <section className="wb-sec wb-review">
      <h2>{reviewing ? t("findings") : t("returnedTitle")}</h2>
      {diff ? <p className="wb-mute">{t("earlier", { added: diff.added.length, removed: diff.removed.length, changed: diff.changed.length })}</p> : null}
      {list.length === 0 && reviewing ? <p className="wb-mute">{t("noFindings")}</p> : null}
      <ul>
        {list.map((finding, i) => (
          <li key={i}>
            <button type="button" className="wb-finding" onClick={() => go(finding)}><IconFlag size={14} /><b>{word(finding)}</b>{finding.severity === "major" ? <em>{t("severityMajor")}</em> : null}{finding.rule ? <em>{t("byRule", { rule: finding.rule })}</em> : null}{finding.text ? <span>{finding.text}</span> : null}</button>
            {reviewing ? <button type="button" className="wb-icon" aria-label={t("remove")} onClick={() => desk.reviewing.removeFinding(i)}><IconX size={14} /></button> : null}
          </li>
        ))}
      </ul>
      {desk.canAppeal ? <button type="button" className="wb-btn small" onClick={() => desk.show("appeal")}>{t("appeal")}</button> : null}
      {reviewing ? <button type="button" className="wb-btn small" onClick={() => desk.show("finding")}><IconFlag size={14} />{t("findingTitle")} <Key desk={desk} id="review.finding" /></button> : null}
    </section>
  );
}
