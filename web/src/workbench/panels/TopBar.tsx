import { IconAlertTriangle, IconBook, IconCloudCheck, IconCloudOff, IconCloudUp, IconDeviceFloppy, IconDots, IconHandStop, IconLock } from "@tabler/icons-react";
import { i18next } from "../../app/i18n";
import { yuan } from "../../ui/format";
import { Pod } from "../../ui/Pod";
import { chordName } from "../core/keys";
import { nameOf } from "../core/model";
import type { Desk } from "../image/desk";
import { benchTexts } from "../texts-bench";
import { useDesk } from "./hooks";

export function Key({ desk, id }: { desk: Desk; id: string }) {
  const chord = desk.registry.keysOf(id)[0];
  return chord ? <kbd aria-hidden="true">{chordName(chord)}</kbd> : null;
}

export function TopBar() {
  const t = benchTexts.use();
  const desk = useDesk();
  const { task, setup, phase } = desk.state;
  const { today } = desk.supply.state;
  const review = task?.mode === "review";
  const hours = (today?.active_ms ?? 0) / 3_600_000;
  return (
    <header className="wb-bar">
      <button type="button" className="wb-home" onClick={() => desk.leave()} aria-label={t("leave")} title={t("leave")}><Pod size={24} /></button>
      <h1 className="wb-name">{setup ? nameOf({ id: setup.id, name: setup.name, ...(setup.names ? { names: setup.names } : {}) }, i18next.language) : t(desk.supply.state.empty ? "emptyTitle" : "opening")}</h1>
      {task ? <span className="wb-picture wb-long" title={task.item.name}>{baseName(task.item.name)}</span> : null}
      {setup ? (
        <button type="button" className={`wb-tag${desk.rulesBefore() !== null ? " info" : ""}`} onClick={() => desk.show("rules")}>
          {t(desk.rulesBefore() !== null ? "rulesChanged" : "rulesTag", { version: setup.guideline.version })}
        </button>
      ) : null}
      {setup ? (
        <button type="button" className="wb-btn quiet wb-rules" onClick={() => desk.show("rules")}><IconBook size={16} stroke={1.75} /><span className="wb-long">{t("readRules")}</span> <Key desk={desk} id="task.rules" /></button>
      ) : null}
      <span className="wb-space" />
      {today ? (
        <span className="wb-today">
          <b>{t("today", { count: today.items })}</b>
          {today.earned_fen != null ? <b>{yuan(today.earned_fen)}</b> : null}
          {today.earned_fen != null && hours > 0.05 ? <span className="wb-mute wb-long">{t("perHour", { amount: yuan(Math.round(today.earned_fen / hours)) })}</span> : null}
        </span>
      ) : null}
      <Saved />
      {task && !desk.readOnly ? <button type="button" className="wb-btn wb-lead" onClick={() => desk.show("ask")} title={t("askTitle")}><IconHandStop size={16} stroke={1.75} /><span className="wb-long">{t("askTitle")}</span></button> : null}
      {task && !desk.readOnly ? (
        <button
          type="button" className="wb-btn wb-else" title={t("pictureMenu")} aria-label={t("pictureMenu")} aria-haspopup="menu"
          onClick={(event) => { const r = event.currentTarget.getBoundingClientRect(); desk.openMenu(r.left, r.bottom + 4, "picture"); }}
        ><IconDots size={18} stroke={1.75} /></button>
      ) : null}
      {review ? (
        <>
          <button type="button" className="wb-btn danger" onClick={() => desk.reviewing.review("reject")}>{t("reject")} <Key desk={desk} id="review.reject" /></button>
          <button type="button" className="wb-btn" onClick={() => desk.reviewing.review("fix")}>{t("fix")} <Key desk={desk} id="review.fix" /></button>
        </>
      ) : null}
      {phase === "ready" && task && !desk.readOnly ? (
        <button type="button" className="wb-btn main" onClick={() => { if (review) desk.reviewing.review("accept"); else void desk.finish(); }}>
          {t(review ? "accept" : "finish")} <Key desk={desk} id={review ? "review.accept" : "task.finish"} />
        </button>
      ) : null}
    </header>
  );
}

/** The last part of a path: what tells this picture from the next one. */
const baseName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** Where the work is: always in view, as words. */
export function Saved() {
  const t = benchTexts.use();
  const desk = useDesk();
  const { outbox, state, store } = desk;
  const box = outbox.state;
  const offline = box.line === "down" || desk.supply.state.line === "down";
  const line = ((): { tone: string; icon: typeof IconLock; text: string; act?: () => void } => {
    if (box.line === "login" || desk.supply.state.line === "login") return { tone: "warn", icon: IconLock, text: t("loginNeeded"), act: () => desk.show("login") };
    if (box.line === "other_account") return { tone: "warn", icon: IconLock, text: t("otherAccount"), act: () => desk.show("login") };
    if (box.parked.length > 0) return { tone: "warn", icon: IconAlertTriangle, text: t("parked", { count: box.parked.length }), act: () => desk.show("parked") };
    if (state.saved === "full") return { tone: "warn", icon: IconDeviceFloppy, text: t("savedFull") };
    if (!store.persistent) return { tone: "warn", icon: IconAlertTriangle, text: t("memoryOnly") };
    if (box.waiting > 0 && offline) return { tone: "mute", icon: IconCloudOff, text: t("waitingLine", { count: box.waiting }) };
    if (offline) return { tone: "mute", icon: IconCloudOff, text: t("offline") };
    if (box.waiting > 0) return { tone: "ok", icon: IconCloudUp, text: t("uploading", { count: box.waiting }) };
    if (state.saved === "saving") return { tone: "mute", icon: IconDeviceFloppy, text: t("saving") };
    if (state.saved === "local") return { tone: "ok", icon: IconDeviceFloppy, text: t("savedLocal") };
    return { tone: "ok", icon: IconCloudCheck, text: t("savedServer") };
  })();
  const Icon = line.icon;
  const inside = <><Icon size={17} stroke={1.75} />{line.text}</>;
  return line.act ? (
    <button type="button" className={`wb-saved ${line.tone}`} onClick={line.act} role="status">{inside}</button>
  ) : (
    <span className={`wb-saved ${line.tone}`} role="status">{inside}</span>
  );
}
