import type { Names } from "./names";

/** A class with the colour that it has on the bench. */
export function ClassName({ label, names }: { label: string; names: Names }) {
  const colour = names.colour(label);
  return (
    <>
      {colour && <i className="class-dot" style={{ background: colour }} aria-hidden />}
      {names.ofClass(label)}
    </>
  );
}
