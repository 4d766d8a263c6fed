import { useState } from "react";
import { KeyClash, KeyReserved, type Action } from "../core/actions";
import { chordName, chordOf, isComposing } from "../core/keys";
import type { Desk, Profile } from "../image/desk";
import { saveKeys } from "../image/room";
import { actionTexts } from "../texts-actions";
import { benchTexts } from "../texts-bench";
import { Window } from "./Dialogs";
import { useDesk, useRoom, type AnyText } from "./hooks";

const GROUPS = ["task", "review", "class", "tool", "object", "edit", "view"] as const;

function useNames(): (action: Action<Desk>, desk: Desk) => string {
  const name = actionTexts.use() as AnyText;
  return (action, desk) => {
    if (action.id.startsWith("class.key.")) {
      const code = action.keys[0];
      const chip = desk.answering.chips().find((c) => c.key === code);
      return chip ? name("class.pick", { name: chip.text }) : "";
    }
    if (action.id.startsWith("object.value_")) return name("object.value", { n: action.id.slice(13) });
    return name(action.id);
  };
}

/** Everything one can do here, with its key; a click does it. */
export function HelpSheet() {
  const t = benchTexts.use() as AnyText;
  const desk = useDesk();
  const nameOf = useNames();
  const actions = desk.registry.all();
  return (
    <Window title={t("helpTitle")} wide>
      <div className="wb-scroll wb-help">
        {GROUPS.map((group) => {
          const rows = actions.filter((a) => a.group === group && desk.registry.keysOf(a.id).length > 0 && nameOf(a, desk) !== "");
          return rows.length === 0 ? null : (
            <section key={group}>
              <h3>{t(`group.${group}`)}</h3>
              <dl>
                {rows.map((action) => (
                  <div key={action.id}>
                    <dt>{desk.registry.keysOf(action.id).map((chord) => <kbd key={chord}>{chordName(chord)}</kbd>)}</dt>
                    <dd><button type="button" title={t("helpClick")} disabled={!desk.registry.isEnabled(action.id, desk)} onClick={() => { desk.closeDialog(); desk.registry.perform(action.id, desk); }}>{nameOf(action, desk)}</button></dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
      <p className="wb-row end"><button type="button" className="wb-btn" onClick={() => desk.show("keys")}>{t("keysTitle")}</button></p>
    </Window>
  );
}

/** Every key can be changed; clashes are refused with the name of the owner. */
export function KeySettings() {
  const t = benchTexts.use() as AnyText;
  const { account } = useRoom();
  const desk = useDesk();
  const nameOf = useNames();
  const [waiting, setWaiting] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const apply = (profile: Profile, map: Parameters<Desk["setKeys"]>[1], changed?: string): void => {
    try {
      desk.setKeys(profile, map);
      saveKeys(account, { profile, map });
      setProblem(null);
    } catch (error) {
      const other = error instanceof KeyClash ? desk.registry.get(error.first === changed ? error.second : error.first) : undefined;
      if (error instanceof KeyClash) setProblem(t("keysClash", { key: chordName(error.chord), other: other ? nameOf(other, desk) : error.first }));
      else if (error instanceof KeyReserved) setProblem(t("keysReserved", { key: chordName(error.chord) }));
      else throw error;
    }
  };
  const actions = desk.registry.all().filter((a) => !a.id.startsWith("class.key."));
  return (
    <Window title={t("keysTitle")} wide>
      <div className="wb-field inline" role="group" aria-label={t("profile")}>
        <span className="wb-field-name">{t("profile")}</span>
        <div className="wb-seg">
          {(["both", "left", "right"] as const).map((p) => (
            <button key={p} type="button" className={desk.keys.profile === p ? "on" : ""} aria-pressed={desk.keys.profile === p} onClick={() => apply(p, desk.keys.map)}>{t(p === "both" ? "profileBoth" : p === "left" ? "profileLeft" : "profileRight")}</button>
          ))}
        </div>
      </div>
      {problem ? <p className="wb-problem" role="alert">{problem}</p> : null}
      <div className="wb-scroll wb-help">
        {GROUPS.map((group) => {
          const rows = actions.filter((a) => a.group === group);
          return rows.length === 0 ? null : (
            <section key={group}>
              <h3>{t(`group.${group}`)}</h3>
              <dl>
                {rows.map((action) => (
                  <div key={action.id}>
                    <dt>
                      <button
                        type="button" className="wb-keybutton" aria-label={`${nameOf(action, desk)} ${desk.registry.keysOf(action.id).map(chordName).join(" ")}`} onClick={() => setWaiting(action.id)} onBlur={() => setWaiting(null)}
                        onKeyDown={(event) => {
                          if (waiting !== action.id || isComposing(event.nativeEvent)) return;
                          const chord = chordOf(event.nativeEvent);
                          if (chord === null) return;
                          event.preventDefault();
                          event.stopPropagation();
                          setWaiting(null);
                          if (chord !== "Escape") apply(desk.keys.profile, { ...desk.keys.map, [action.id]: [chord] }, action.id);
                        }}
                      >
                        {waiting === action.id ? t("keysPress") : desk.registry.keysOf(action.id).map((chord) => <kbd key={chord}>{chordName(chord)}</kbd>)}
                      </button>
                    </dt>
                    <dd>{nameOf(action, desk)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
      <p className="wb-row end"><button type="button" className="wb-btn" onClick={() => apply("both", {})}>{t("keysReset")}</button></p>
    </Window>
  );
}
