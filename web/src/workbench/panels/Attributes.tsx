import { i18next } from "../../app/i18n";
import { attributesFor, itemAttributes, nameOf, sameValue, valueName, type Attribute, type AttributeValue } from "../core/model";
import { chosen, toggleFlag } from "../image/commands";
import { saveAutoNext } from "../image/room";
import { benchTexts } from "../texts-bench";
import { actionTexts } from "../texts-actions";
import { useBench, useDesk, useRoom, type AnyText } from "./hooks";

/** Attributes of what is chosen, in place: no window opens. */
export function Attributes() {
  const t = benchTexts.use();
  const name = actionTexts.use() as AnyText;
  const bench = useBench();
  const desk = useDesk();
  const marks = chosen(bench);
  const first = marks[0];
  const { setup } = desk.state;
  if (!first || !setup) return null;
  const list = attributesFor(setup.schema, first.label, first.attrs);
  const open = desk.answering.openAttribute();
  const nth = bench.store.document.marks.filter((m) => m.label === first.label).findIndex((m) => m.id === first.id) + 1;
  return (
    <section className="wb-sec wb-attributes" aria-label={bench.className(first.label)}>
      <h2>
        {marks.length > 1 ? t("manyChosen", { count: marks.length }) : <>{first.label == null ? (first.text ?? t("noClass")) : bench.className(first.label)}<small>{t("nth", { n: nth })}</small></>}
      </h2>
      <div className="wb-flags">
        {(["occluded", "truncated", "uncertain"] as const).map((flag) => (
          <button key={flag} type="button" className={first.flags?.includes(flag) ? "on" : ""} aria-pressed={first.flags?.includes(flag) ?? false} disabled={bench.settings.readOnly} onClick={() => toggleFlag(bench, flag)}>{name(`object.${flag}`)}</button>
        ))}
      </div>
      {list.map((attribute) => (
        <Field
          key={attribute.id} attribute={attribute} keys={attribute.id === open?.id} disabled={bench.settings.readOnly}
          value={common(marks.map((mark) => mark.attrs?.[attribute.id] ?? null))} onChange={(value) => bench.setAttribute(attribute.id, value)}
        />
      ))}
    </section>
  );
}

/** Questions about the picture as a whole. */
export function ItemQuestions() {
  const t = benchTexts.use();
  const { account } = useRoom();
  const bench = useBench();
  const desk = useDesk();
  const { setup } = desk.state;
  if (!setup) return null;
  const list = itemAttributes(setup.schema, bench.store.document.item_attrs);
  // Without classes the question at hand is shown as chips above; the others stand here.
  if (list.length === 0) return null;
  return (
    <section className="wb-sec wb-attributes">
      {list.map((attribute) => (
        <Field
          key={attribute.id} attribute={attribute} keys={false} disabled={bench.settings.readOnly}
          value={bench.store.document.item_attrs[attribute.id] ?? null} onChange={(value) => desk.setItem(attribute.id, value)}
        />
      ))}
      {desk.answering.asksOnly() && !bench.settings.readOnly ? (
        <label className="wb-check">
          <input type="checkbox" checked={bench.options.autoNext} onChange={(event) => { bench.options.autoNext = event.target.checked; saveAutoNext(account, event.target.checked); bench.notify(); }} />{t("autoNext")}
        </label>
      ) : null}
    </section>
  );
}

function common(values: AttributeValue[]): AttributeValue {
  const [first = null] = values;
  return values.every((value) => sameValue(value, first)) ? first : null;
}

interface FieldProps { attribute: Attribute; value: AttributeValue; keys: boolean; disabled: boolean; onChange: (value: AttributeValue) => void }

function Field({ attribute, value, keys, disabled, onChange }: FieldProps) {
  const t = benchTexts.use();
  const label = nameOf(attribute, i18next.language);
  const missing = attribute.required && (value === null || value === "");
  const options: { value: string; text: string }[] | null =
    attribute.type === "bool" ? [{ value: "true", text: t("yes") }, { value: "false", text: t("no") }]
    : attribute.type === "choice" || attribute.type === "choices" ? (attribute.values ?? []).map((v) => ({ value: v, text: valueName(attribute, v, i18next.language) })) : null;
  const isOn = (v: string): boolean => (attribute.type === "bool" ? value === (v === "true") : Array.isArray(value) ? value.includes(v) : value === v);
  const choose = (v: string): void => {
    if (attribute.type === "bool") onChange(v === "true");
    else if (attribute.type === "choices") { const list = Array.isArray(value) ? value : []; onChange(list.includes(v) ? list.filter((x) => x !== v) : [...list, v]); } else onChange(value === v && !attribute.required ? null : v);
  };
  const long = (options?.length ?? 0) > 4 || (options ?? []).some((o) => o.text.length > 6);
  return (
    <div className={`wb-field${missing ? " missing" : ""}`} role="group" aria-label={label}>
      <span className="wb-field-name">{label}{attribute.unit ? ` (${attribute.unit})` : ""}</span>
      {options ? (
        <div className={long ? "wb-options" : "wb-seg"}>
          {options.map((option, i) => (
            <button key={option.value} type="button" title={keys && i < 9 ? `${option.text} Shift ${i + 1}` : option.text} className={isOn(option.value) ? "on" : ""} aria-pressed={isOn(option.value)} disabled={disabled} onClick={() => choose(option.value)}>
              {option.text}
            </button>
          ))}
        </div>
      ) : attribute.type === "text" ? (
        <input type="text" aria-label={label} disabled={disabled} value={typeof value === "string" ? value : ""} onChange={(event) => onChange(event.target.value || null)} />
      ) : (
        <input
          type="number" aria-label={label} disabled={disabled} value={typeof value === "number" ? value : ""} min={attribute.min ?? undefined} max={attribute.max ?? undefined} step={attribute.type === "int" ? 1 : "any"}
          onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
        />
      )}
    </div>
  );
}
