/** Ids made in the browser. `crypto.randomUUID` is missing on plain HTTP, `getRandomValues` is not. */

type RandomSource = Pick<Crypto, "getRandomValues">;

function randomBytes(count: number, source: RandomSource | undefined = globalThis.crypto): Uint8Array {
  const bytes = new Uint8Array(count);
  if (source?.getRandomValues) return source.getRandomValues(bytes);
  for (let i = 0; i < count; i++) bytes[i] = Math.floor(Math.random() * 256);
  return bytes;
}

/** A version 4 UUID: the idempotency key of a submission. */
export function uuid(source?: RandomSource): string {
  const b = randomBytes(16, source);
  b[6] = ((b[6] as number) & 0x0f) | 0x40;
  b[8] = ((b[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz";

/** A short id for a mark or a relation: unique within its item, 12 characters, about 56 random bits. */
export function markId(prefix = "m", source?: RandomSource): string {
  return prefix + Array.from(randomBytes(11, source), (x) => LETTERS[x % LETTERS.length]).join("");
}
