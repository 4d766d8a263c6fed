import { chordName } from "../../../workbench/core/keys";

/** Black or white, whichever is easier to read on `colour` (relative luminance, WCAG 2.2). */
export function inkOn(colour: string): string {
  const channel = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#1F1D1A" : "#FFFFFF";
}

/** The colour of a class with its key on it, so that colour is never alone. */
export function KeyChip({ colour, chord }: { colour: string; chord: string | null }) {
  return (
    <span className="key-chip" style={{ background: colour, color: inkOn(colour) }} aria-hidden="true">
      {chord ? chordName(chord) : ""}
    </span>
  );
}

export interface Option<V extends string> {
  value: V;
  label: string;
}

/** Several of a few options, as buttons that stay pressed. */
export function Choices<V extends string>({ options, value, onChange, label }: {
  options: readonly Option<V>[];
  value: readonly V[];
  onChange: (value: V[]) => void;
  label: string;
}) {
  return (
    <div>
      <span className="field-label">{label}</span>
      <div className="choices" role="group" aria-label={label}>
        {options.map((option) => {
          const on = value.includes(option.value);
          return (
            <button
              key={option.value} type="button" className="choice" aria-pressed={on}
              onClick={() => onChange(on ? value.filter((v) => v !== option.value) : [...value, option.value])}
            >
              {option.label}
            </button>
          );
        })}
      </div>
    </div>
  );
}
