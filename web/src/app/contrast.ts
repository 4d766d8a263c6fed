const STORAGE_KEY = "doujia.contrast";

/** Whether the high-contrast look is on, on this computer. */
export function contrastIsHigh(): boolean {
  return document.documentElement.dataset.contrast === "more";
}

/** Switch the high-contrast look; remembered on this computer where storage is allowed. */
export function setContrast(high: boolean): void {
  if (high) document.documentElement.dataset.contrast = "more";
  else delete document.documentElement.dataset.contrast;
  try {
    localStorage.setItem(STORAGE_KEY, high ? "more" : "");
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** At the start: what was chosen here before, else what the system asks for. */
export function startContrast(): void {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORAGE_KEY);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  const wanted = stored === null ? window.matchMedia("(prefers-contrast: more)").matches : stored === "more";
  if (wanted) document.documentElement.dataset.contrast = "more";
}
