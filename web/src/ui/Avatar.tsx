/** The last character of a Chinese name, the first letter of another: what people call each other by. */
export function initial(name: string): string {
  const trimmed = name.trim();
  if (!trimmed) return "·";
  const characters = [...trimmed];
  const last = characters[characters.length - 1] ?? "·";
  return /\p{Script=Han}/u.test(last) ? last : (characters[0] ?? "·").toUpperCase();
}

export function Avatar({ name, small }: { name: string; small?: boolean }) {
  return (
    <span className={small ? "avatar small" : "avatar"} aria-hidden="true">
      {initial(name)}
    </span>
  );
}
