/** Days up to today that a page counts; 0 is all of time. */
export const WINDOWS = [7, 30, 90, 0] as const;
export type Days = (typeof WINDOWS)[number];
export const USUAL: Days = 30;

export const VIEWS = ["look", "errors", "reviewers", "agree", "known", "rules"] as const;
export type View = (typeof VIEWS)[number];

export const GALLERY_FILTERS = ["error_class", "label", "person", "rule"] as const;
export type GalleryFilter = Partial<Record<(typeof GALLERY_FILTERS)[number], string>>;

/** The address's search of the quality page. */
export type QualitySearch = GalleryFilter & { project?: string; view?: View; days?: Days };

export function qualitySearch(search: Record<string, unknown>): QualitySearch {
  const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : undefined);
  return {
    project: typeof search.project === "string" ? search.project : undefined,
    view: VIEWS.find((one) => one === search.view),
    days: WINDOWS.find((one) => one === search.days),
    // "1.1" in an address reads as a number.
    error_class: text(search.error_class), label: text(search.label), person: text(search.person), rule: text(search.rule),
  };
}

