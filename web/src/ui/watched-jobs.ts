/** Long work that somebody began and left: kept on this computer until she has been told how it ended. */
export interface Watched {
  id: string;
  title: string;
  /** Where she saw it begin; the notice leads back there. */
  path: string;
}

const name = (person: string) => `doujia.jobs.${person}`;
const onPages = new Map<string, number>();

/** What this person waits for; nothing where the browser keeps nothing. */
export function watchedBy(person: string): Watched[] {
  try {
    return JSON.parse(localStorage.getItem(name(person)) ?? "[]") as Watched[];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return [];
    throw error;
  }
}

function keep(person: string, jobs: readonly Watched[]): void {
  try {
    localStorage.setItem(name(person), JSON.stringify(jobs));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

export function watch(person: string, job: Watched): void {
  if (!watchedBy(person).some((one) => one.id === job.id)) keep(person, [...watchedBy(person), job]);
}

export function unwatch(person: string, id: string): void {
  const left = watchedBy(person).filter((one) => one.id !== id);
  if (left.length < watchedBy(person).length) keep(person, left);
}

/** The page shows this job itself; the returned function says that it no longer does. */
export function shownHere(id: string): () => void {
  onPages.set(id, (onPages.get(id) ?? 0) + 1);
  return () => {
    onPages.set(id, (onPages.get(id) ?? 1) - 1);
  };
}

export const isShown = (id: string): boolean => (onPages.get(id) ?? 0) > 0;
