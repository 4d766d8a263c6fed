import { lazy, Suspense, useEffect, useState } from "react";
import type { GuidelineLine } from "../outbox/wire";
import { NoAnswer, Refused } from "../outbox/wire";
import { benchTexts } from "../texts-bench";
import { talkTexts } from "../texts-talk";
import { Asked } from "./Asked";
import { Window } from "./Dialogs";
import { useDesk } from "./hooks";

const Markdown = lazy(async () => ({ default: (await import("../../ui/Markdown")).Markdown }));

/** The guideline: first what changed since she last read it, then the whole, then what others have asked. */
export function Rules() {
  const t = benchTexts.use();
  const talk = talkTexts.use();
  const desk = useDesk();
  const { setup, task } = desk.state;
  // Kept from the moment the window opened: reading it makes the version known.
  const [before] = useState(() => desk.rulesBefore());
  useEffect(() => () => desk.rulesRead(), [desk]);
  if (!setup) return null;
  const { version, markdown, changed } = setup.guideline;
  return (
    <Window title={t("rulesTitle")} wide>
      <div className="wb-scroll">
        {changed ? <p className="wb-note"><b>{t("changedLabel")}</b> {changed}</p> : null}
        {before !== null ? <WhatChanged project={setup.id} before={before} after={version} /> : null}
        {markdown ? <Suspense fallback={null}><Markdown text={markdown} /></Suspense> : <p>{t("rulesEmpty")}</p>}
        {task ? <><h3 className="wb-part">{talk("asked")}</h3><Asked project={task.project} /></> : null}
      </div>
    </Window>
  );
}

/** The lines that two versions do not share, each change with a line around it. */
function WhatChanged({ project, before, after }: { project: string; before: number; after: number }) {
  const t = talkTexts.use();
  const desk = useDesk();
  const [lines, setLines] = useState<GuidelineLine[] | "failed" | null>(null);
  useEffect(() => {
    let gone = false;
    desk.rulesChange(project, before, after)
      .then((found) => { if (!gone) setLines(found); })
      .catch((error: unknown) => {
        if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
        if (!gone) setLines("failed");
      });
    return () => { gone = true; };
  }, [desk, project, before, after]);
  if (lines === null) return null;
  if (lines === "failed") return <p className="wb-mute">{t("changedFailed")}</p>;
  const shown = lines.filter((line, i) => line.text.trim() !== "" && (line.kind !== "same" || [lines[i - 1], lines[i + 1]].some((next) => next !== undefined && next.kind !== "same")));
  return (
    <section className="wb-changes" aria-label={t("changedFrom", { before, after })}>
      <h3>{t("changedFrom", { before, after })}</h3>
      {shown.some((line) => line.kind !== "same") ? shown.map((line, i) => <p key={i} className={line.kind}><span aria-hidden="true">{line.kind === "added" ? "+" : line.kind === "removed" ? "−" : ""}</span>{line.kind === "removed" ? <del>{line.text}</del> : line.kind === "added" ? <ins>{line.text}</ins> : line.text}</p>) : <p className="wb-mute">{t("changedNothing")}</p>}
      <h3 className="wb-part">{t("wholeRules")}</h3>
    </section>
  );
}
