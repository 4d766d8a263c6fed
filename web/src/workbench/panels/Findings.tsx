import { IconX } from "@tabler/icons-react";
import { benchTexts } from "../texts-bench";
import { talkTexts } from "../texts-talk";
import { useDesk, type AnyText } from "./hooks";

/** What the checks found, over the stage; each one shows its place. */
export function Findings() {
  const t = benchTexts.use() as AnyText;
  const desk = useDesk();
  const { findings, rest } = desk.state;
  return (
    <>
      <News />
      {findings.length > 0 ? (
        <section className="wb-findings" role="alert" aria-label={t("found", { count: findings.length })}>
          <header>
            <b>{t("found", { count: findings.length })}</b>
            {findings.every((f) => f.level === "ask") ? <span>{t("foundAsk")}</span> : null}
            <span className="wb-space" />
            <button type="button" className="wb-icon" aria-label={t("close")} onClick={() => desk.dismissFindings()}><IconX size={16} /></button>
          </header>
          <ul>
            {findings.slice(0, 8).map((finding, i) => (
              <li key={i} className={finding.level}>
                <span>{t(`check.${finding.code}`, finding.values)}</span>
                {finding.mark !== undefined || finding.place ? <button type="button" className="wb-btn small" onClick={() => desk.goTo(finding)}>{t("goThere")}</button> : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {rest ? <section className="wb-findings rest" role="status"><header><span>{t("rest")}</span><span className="wb-space" /><button type="button" className="wb-btn small" onClick={() => desk.dismissRest()}>{t("ok")}</button></header></section> : null}
    </>
  );
}

/** The rules have changed since she last read them: said once, over the picture, until she has seen it. */
function News() {
  const t = talkTexts.use();
  const desk = useDesk();
  const { setup, phase, dialog, findings } = desk.state;
  if (phase !== "ready" || !setup || dialog !== null || findings.length > 0 || desk.rulesBefore() === null) return null;
  return (
    <section className="wb-findings news" role="status">
      <header><b>{t("newsTitle", { version: setup.guideline.version })}</b></header>
      <p>{setup.guideline.changed || t("newsPlain")}</p>
      <p className="wb-row end">
        <button type="button" className="wb-btn small" onClick={() => desk.rulesRead()}>{t("newsLater")}</button>
        <button type="button" className="wb-btn small main" onClick={() => desk.show("rules")}>{t("newsRead")}</button>
      </p>
    </section>
  );
}
