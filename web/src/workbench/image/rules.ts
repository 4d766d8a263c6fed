/** Which version of a project's guideline a person has read on this computer, so that a change can be shown to her. */
const name = (account: string, project: string): string => `doujia.rules.${account}.${project}`;

/** The version she knows; null where nothing is known (or nothing can be kept). */
export function rulesKnown(account: string, project: string): number | null {
  try {
    const kept = Number(localStorage.getItem(name(account, project)));
    return Number.isInteger(kept) && kept > 0 ? kept : null;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

export function keepRulesKnown(account: string, project: string, version: number): void {
  try {
    localStorage.setItem(name(account, project), String(version));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
