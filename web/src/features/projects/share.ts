import type { ProjectSettings } from "./projects";

type Some = Partial<ProjectSettings>;

/** Share of answers that are checked where the others' answers check them already; the server's default too. */
const BESIDE_OTHERS = 0.1;

/** Whether several answers to an item become one. */
export const joins = (settings: Some): boolean => (settings.overlap ?? 1) > 1 && (settings.consensus ?? true);

const usual = (settings: Some): number => (joins(settings) ? BESIDE_OTHERS : 1);

/** The settings with a change; the share that is checked follows it while nobody has chosen one. */
export function withUsualShare(settings: Some, change: Some): Some {
  const after = { ...settings, ...change };
  const chosen = settings.review_share !== undefined && settings.review_share !== usual(settings);
  return chosen ? after : { ...after, review_share: usual(after) };
}
