import { IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { i18next } from "../../app/i18n";
import type { Me } from "../../api/me";
import { paragraphs } from "../core/guideline";
import { nameOf } from "../core/model";
import { search } from "../core/pinyin";
import { AS_IT_IS } from "../render/adjust";
import { logIn } from "../outbox/platform";
import { NoAnswer, Refused } from "../outbox/wire";
import { inkOn } from "../render/masks";
import { benchTexts } from "../texts-bench";
import { talkTexts } from "../texts-talk";
import { Asked } from "./Asked";
import { HelpSheet, KeySettings } from "./Keys";
import { Rules } from "./Rules";
import { useBench, useDesk, type AnyText } from "./hooks";

/** The windows of the bench; one at a time. */
export default function Dialogs({ me }: { me: Me }) {
  const desk = useDesk();
  const dialog = desk.state.dialog ?? "login";
  switch (dialog) {
    case "rules": return <Rules />;
    case "help": return <HelpSheet />;
    case "keys": return <KeySettings />;
    case "search": return <ClassSearch />;
    case "skip": return <Skip />;
    case "ask": return <AskLead />;
    case "adjust": return <AdjustView />;
    case "finding": return <AddFinding />;
    case "parked": return <Parked />;
    case "returned": return <Returned />;
    case "appeal": return <Appeal />;
    default: return <LogInAgain me={me} />;
  }
}

/** A window over the bench: Esc closes it, the focus returns to the stage. */
export function Window({ title, children, wide, onClose }: { title: string; children: ReactNode; wide?: boolean; onClose?: () => void }) {
  const t = benchTexts.use();
  const desk = useDesk();
  const ref = useRef<HTMLDialogElement>(null);
  const close = onClose ?? (() => { desk.closeDialog(); });
  useEffect(() => {
    const element = ref.current;
    if (element && !element.open) {
      element.showModal();
      // The first thing to fill in, not the button that closes.
      (element.querySelector<HTMLElement>("input[type=password], input, textarea, .main") ?? element).focus();
    }
    return () => { document.querySelector<HTMLElement>(".wb-stage")?.focus({ preventScroll: true }); };
  }, []);
  return (
    <dialog ref={ref} tabIndex={-1} className={`wb-dialog${wide ? " wide" : ""}`} aria-label={title} onCancel={(event) => { event.preventDefault(); close(); }}>
      <header><h2>{title}</h2><button type="button" className="wb-icon" aria-label={t("close")} onClick={close}><IconX size={18} /></button></header>
      {children}
    </dialog>
  );
}

function ClassSearch() {
  const t = benchTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const classes = (desk.state.setup?.schema.classes ?? []).filter((own) => !own.abstract);
  const found = search(classes, query, (own) => [nameOf(own, i18next.language), own.name ?? "", own.id, ...Object.values(own.names ?? {})]).slice(0, 40);
  const pick = (id: string | undefined): void => { if (id === undefined) return; desk.closeDialog(); bench.pickClass(id); };
  return (
    <Window title={t("search")}>
      <input
        type="search" className="wb-input" aria-label={t("search")} placeholder={t("searchHint")} value={query} onChange={(event) => { setQuery(event.target.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "ArrowDown") { event.preventDefault(); setAt(Math.min(found.length - 1, at + 1)); }
          if (event.key === "ArrowUp") { event.preventDefault(); setAt(Math.max(0, at - 1)); }
          if (event.key === "Enter") { event.preventDefault(); pick(found[at]?.id); }
        }}
      />
      <ul className="wb-found" role="listbox" aria-label={t("classes")}>
        {found.length === 0 ? <li>{t("noMatch")}</li> : null}
        {found.map((own, i) => (
          <li key={own.id} role="option" aria-selected={i === at}>
            <button type="button" className={i === at ? "on" : ""} onClick={() => pick(own.id)}>
              <span className="wb-key" style={{ background: bench.styleFor(own.id).colour, color: inkOn(bench.styleFor(own.id).colour) }} />{nameOf(own, i18next.language)}
            </button>
          </li>
        ))}
      </ul>
    </Window>
  );
}

function Skip() {
  const t = benchTexts.use();
  const talk = talkTexts.use();
  const desk = useDesk();
  const [reason, setReason] = useState("");
  const [text, setText] = useState("");
  const chinese = i18next.language.startsWith("zh");
  const usual = [{ id: "broken", text: t("skipBroken") }, { id: "unclear", text: t("skipUnclear") }, { id: "wrong_item", text: t("skipWrong") }, { id: "not_in_scope", text: talk("skipScope") }, { id: "sensitive", text: talk("skipSensitive") }, { id: "other", text: t("skipOther") }];
  const given = desk.state.setup?.settings.skip_reasons ?? [];
  const known = new Map(usual.map((entry) => [entry.id, entry.text]));
  const reasons = given.length > 0 ? given.map((r) => (typeof r === "string" ? { id: r, text: known.get(r) ?? r } : { id: r.id, text: chinese ? r.zh : r.en })) : usual;
  const submit = (event: FormEvent): void => { event.preventDefault(); if (reason) desk.skip(reason, text.trim()); };
  return (
    <Window title={t("skipTitle")}>
      <form onSubmit={submit}>
        <fieldset className="wb-choices"><legend>{t("skipWhy")}</legend>
          {reasons.map((r) => <label key={r.id}><input type="radio" name="reason" value={r.id} checked={reason === r.id} onChange={() => setReason(r.id)} />{r.text}</label>)}
        </fieldset>
        <input className="wb-input" aria-label={t("skipMore")} placeholder={t("skipMore")} value={text} maxLength={500} onChange={(event) => setText(event.target.value)} />
        <Buttons><button type="submit" className="wb-btn main" disabled={!reason}>{t("skipSend")}</button></Buttons>
      </form>
    </Window>
  );
}

function Buttons({ children }: { children: ReactNode }) {
  const t = benchTexts.use();
  const desk = useDesk();
  return <p className="wb-row end"><button type="button" className="wb-btn" onClick={() => desk.closeDialog()}>{t("cancel")}</button>{children}</p>;
}

function AskLead() {
  const t = benchTexts.use();
  const talk = talkTexts.use();
  const desk = useDesk();
  const { task } = desk.state;
  const [text, setText] = useState("");
  return (
    <Window title={t("askTitle")}>
      <form onSubmit={(event) => { event.preventDefault(); desk.remarks.askLead(text); }}>
        <textarea className="wb-input" rows={3} aria-label={t("askHint")} placeholder={t("askHint")} value={text} maxLength={1000} onChange={(event) => setText(event.target.value)} />
        <Buttons><button type="submit" className="wb-btn main" disabled={!text.trim()}>{t("send")}</button></Buttons>
      </form>
      {task ? <div className="wb-scroll"><h3 className="wb-part">{talk("asked")}</h3><Asked project={task.project} /></div> : null}
    </Window>
  );
}

/** How the picture is shown. Not a window: the stage stays in view and in use. */
function AdjustView() {
  const t = benchTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const { adjust, helps } = bench;
  const slider = (field: "brightness" | "contrast", label: string) => (
    <label className="wb-field"><span className="wb-field-name">{label}</span><input type="range" min={-0.8} max={0.8} step={0.05} value={adjust[field]} onChange={(event) => bench.setAdjust({ ...adjust, [field]: Number(event.target.value) })} /></label>
  );
  return (
    <section className="wb-popover" aria-label={t("adjustTitle")}>
      <header><h2>{t("adjustTitle")}</h2><button type="button" className="wb-icon" aria-label={t("close")} onClick={() => desk.closeDialog()}><IconX size={16} /></button></header>
      {slider("brightness", t("brightness"))}
      {slider("contrast", t("contrast"))}
      <label className="wb-field"><span className="wb-field-name">{t("gamma")}</span><input type="range" min={-1.5} max={1.5} step={0.1} value={Math.log(adjust.gamma)} onChange={(event) => bench.setAdjust({ ...adjust, gamma: Math.exp(Number(event.target.value)) })} /></label>
      <div className="wb-checks">
        <label className="wb-check"><input type="checkbox" checked={adjust.invert} onChange={(event) => bench.setAdjust({ ...adjust, invert: event.target.checked })} />{t("invert")}</label>
        <label className="wb-check"><input type="checkbox" checked={helps.crosshair} onChange={(event) => bench.setHelps({ crosshair: event.target.checked })} />{t("crosshair")}</label>
        <label className="wb-check"><input type="checkbox" checked={helps.grid !== null} onChange={(event) => bench.setHelps({ grid: event.target.checked ? 50 : null })} />{t("grid")}</label>
        <label className="wb-check"><input type="checkbox" checked={helps.magnifier} onChange={(event) => bench.setHelps({ magnifier: event.target.checked })} />{t("magnifier")}</label>
      </div>
      <p className="wb-row"><span className="wb-mute">{t("asBefore")}</span><span className="wb-space" /><button type="button" className="wb-btn small" onClick={() => bench.setAdjust(AS_IT_IS)}>{t("reset")}</button></p>
    </section>
  );
}

function AddFinding() {
  const t = benchTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const classes = desk.state.setup?.settings.error_classes ?? [];
  const [kind, setKind] = useState(classes[0]?.id ?? "other");
  const [severity, setSeverity] = useState<"minor" | "major">("minor");
  const [text, setText] = useState("");
  const [rule, setRule] = useState("");
  const rules = paragraphs(desk.state.setup?.guideline.markdown ?? "");
  const only = bench.selection.only;
  const mark = only === undefined ? undefined : bench.store.mark(only);
  const place = useRef(bench.pointer ?? bench.lastPress);
  const at = place.current;
  const chinese = i18next.language.startsWith("zh");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    desk.reviewing.addFinding({ error_class: kind, severity, ...(mark ? { mark: mark.id } : at ? { place: [Math.round(at.x), Math.round(at.y)] } : {}), ...(rule ? { rule } : {}), ...(text.trim() ? { text: text.trim() } : {}) });
  };
  return (
    <Window title={t("findingTitle")}>
      <form onSubmit={submit}>
        <p className="wb-mute">{t("findingPlace", { where: mark ? t("findingMark", { name: bench.className(mark.label) }) : at ? t("findingPointer", { x: Math.round(at.x), y: Math.round(at.y) }) : t("whole") })}</p>
        <fieldset className="wb-choices"><legend>{t("findingClass")}</legend>
          {(classes.length > 0 ? classes : [{ id: "other", zh: t("skipOther"), en: t("skipOther") }]).map((c) => (
            <label key={c.id}><input type="radio" name="kind" value={c.id} checked={kind === c.id} onChange={() => setKind(c.id)} />{chinese ? c.zh : c.en}</label>
          ))}
        </fieldset>
        <div className="wb-seg">
          {(["minor", "major"] as const).map((s) => <button key={s} type="button" className={severity === s ? "on" : ""} aria-pressed={severity === s} onClick={() => setSeverity(s)}>{t(s)}</button>)}
        </div>
        {rules.length > 0 && (
          <select className="wb-input" aria-label={t("findingRule")} value={rule} onChange={(event) => setRule(event.target.value)}>
            <option value="">{t("findingNoRule")}</option>
            {rules.map((one) => <option key={one.id} value={one.id}>{one.text ? t("findingRuleOf", { rule: one.id, text: one.text }) : one.id}</option>)}
          </select>
        )}
        <input className="wb-input" aria-label={t("findingText")} placeholder={t("findingText")} value={text} maxLength={500} onChange={(event) => setText(event.target.value)} />
        <Buttons><button type="submit" className="wb-btn main">{t("add")}</button></Buttons>
      </form>
    </Window>
  );
}

function Parked() {
  const t = benchTexts.use();
  const desk = useDesk();
  const chinese = i18next.language.startsWith("zh");
  const { parked } = desk.outbox.state;
  const [said, setSaid] = useState<"parkedComes" | "parkedLate" | null>(null);
  async function takeBack(id: string): Promise<void> {
    const taken = await desk.outbox.takeBack(id);
    setSaid(taken ? "parkedComes" : "parkedLate");
    if (taken) await desk.supply.fill();
  }
  return (
    <Window title={t("parkedTitle", { count: parked.length })}>
      {said && <p role="status">{t(said)}</p>}
      <ul className="wb-parked">
        {parked.map((entry) => (
          <li key={entry.id}><b>{entry.name}</b><span>{chinese ? entry.parked?.zh : entry.parked?.en}</span>
            <button type="button" className="wb-btn small" onClick={() => void desk.outbox.retry(entry.id)}>{t("parkedRetry")}</button>
            {entry.letter.kind === "submission" && <button type="button" className="wb-btn small" onClick={() => void takeBack(entry.id)}>{t("parkedOpen")}</button>}
          </li>
        ))}
      </ul>
    </Window>
  );
}

function Returned() {
  const t = benchTexts.use();
  const desk = useDesk();
  const { task, setup } = desk.state;
  const chinese = i18next.language.startsWith("zh");
  const rules = new Map(paragraphs(setup?.guideline.markdown ?? "").map((one) => [one.id, one.text]));
  return (
    <Window title={t("returnedTitle")}>
      <p>{t("returnedText")}</p>
      <ul className="wb-parked">
        {(task?.findings ?? []).map((finding, i) => {
          const known = (setup?.settings.error_classes ?? []).find((c) => c.id === finding.error_class);
          return <li key={i}><b>{known ? (chinese ? known.zh : known.en) : finding.error_class}</b><span>{finding.text}{finding.rule ? <em className="wb-rule">{t("byRule", { rule: finding.rule })}{rules.get(finding.rule)}</em> : null}</span><button type="button" className="wb-btn small" onClick={() => { desk.closeDialog(); desk.goTo({ ...(finding.mark ? { mark: finding.mark } : {}), ...(finding.place ? { place: { x0: finding.place[0] - 20, y0: finding.place[1] - 20, x1: finding.place[0] + 20, y1: finding.place[1] + 20 } } : {}) }); }}>{t("goThere")}</button></li>;
        })}
      </ul>
      <p className="wb-row end">
        {desk.canAppeal ? <button type="button" className="wb-btn" onClick={() => desk.show("appeal")}>{t("appeal")}</button> : null}
        <button type="button" className="wb-btn main" onClick={() => desk.closeDialog()}>{t("ok")}</button>
      </p>
    </Window>
  );
}

function Appeal() {
  const t = benchTexts.use();
  const desk = useDesk();
  const [text, setText] = useState("");
  return (
    <Window title={t("appealTitle")}>
      <form onSubmit={(event) => { event.preventDefault(); desk.appeal(text.trim()); }}>
        <p>{t("appealText")}</p>
        <textarea className="wb-input" rows={3} maxLength={1000} aria-label={t("appealWhy")} placeholder={t("appealWhy")} value={text} onChange={(event) => setText(event.target.value)} />
        <Buttons><button type="submit" className="wb-btn main">{t("appealSend")}</button></Buttons>
      </form>
    </Window>
  );
}

/** The login has ended: ask, then go on with the same work. */
function LogInAgain({ me }: { me: Me }) {
  const t = benchTexts.use() as AnyText;
  const desk = useDesk();
  const [login, setLogin] = useState(me.pseudonym);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await logIn(login, password);
      if (await desk.loggedIn()) desk.closeDialog();
      else setProblem(t("loginOther"));
    } catch (error) {
      if (error instanceof Refused) setProblem(error.status === 401 || error.status === 400 ? t("loginFailed") : i18next.language.startsWith("zh") ? error.zh : error.en);
      else if (error instanceof NoAnswer) setProblem(t("lineTitle"));
      else throw error;
    } finally {
      setBusy(false);
      setPassword("");
    }
  };
  return (
    <Window title={t("loginTitle")}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{t("loginText")}</p>
        <label className="wb-field"><span className="wb-field-name">{t("loginName")}</span><input className="wb-input" autoComplete="username" value={login} onChange={(event) => setLogin(event.target.value)} /></label>
        <label className="wb-field"><span className="wb-field-name">{t("password")}</span><input className="wb-input" type="password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} /></label>
        {problem ? <p className="wb-problem" role="alert">{problem}</p> : null}
        <p className="wb-row end"><button type="submit" className="wb-btn main" disabled={busy || !login || !password}>{t("logIn")}</button></p>
      </form>
    </Window>
  );
}
