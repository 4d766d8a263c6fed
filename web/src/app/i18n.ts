import i18next from "i18next";
import { useCallback } from "react";
import { initReactI18next, useTranslation } from "react-i18next";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORAGE_KEY = "doujia.language";

/** The language that was chosen on this computer, else the browser's; Chinese when it speaks neither. */
export function preferredLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    if (stored === "zh-CN" || stored === "en") return stored;
  } catch (error) {
    // Storage may be switched off; then the browser's language decides.
    if (!(error instanceof DOMException)) throw error;
  }
  for (const wanted of navigator.languages ?? [navigator.language]) {
    if (wanted.toLowerCase().startsWith("zh")) return "zh-CN";
    if (wanted.toLowerCase().startsWith("en")) return "en";
  }
  return "zh-CN";
}

/** Map a person's language of the server (``zh``, ``zh-CN``, ``en`` …) to one of ours. */
export function asLanguage(value: string | null | undefined): Language | null {
  if (!value) return null;
  if (value.toLowerCase().startsWith("zh")) return "zh-CN";
  return value.toLowerCase().startsWith("en") ? "en" : null;
}

/** Switch every text of the page, and remember it on this computer. */
export async function speak(language: Language): Promise<void> {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

void i18next.use(initReactI18next).init({
  lng: preferredLanguage(),
  fallbackLng: false,
  supportedLngs: [...LANGUAGES],
  resources: {},
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});
document.documentElement.lang = i18next.language;

type Stem<K> = K extends `${infer S}_one` ? S : K extends `${infer S}_other` ? S : K;

/** What fills the `{{…}}` of a sentence; `count` also chooses the plural form. */
export type Values = Record<string, string | number>;

/** A function from key to sentence in the language now spoken. */
export type Texts<K extends string> = (key: K, values?: Values) => string;

/**
 * Register the sentences of one room and return the hook that speaks them.
 *
 * Texts travel with the code that shows them, so a lazily loaded page brings its own. Keys are checked by the
 * compiler; plural forms end in `_one` and `_other`.
 */
export function defineTexts<const Z extends Record<string, string>>(
  room: string,
  texts: { "zh-CN": Z; en: Record<string, string> },
): { use: () => Texts<Stem<keyof Z & string>>; say: Texts<Stem<keyof Z & string>> } {
  for (const language of LANGUAGES) i18next.addResourceBundle(language, room, texts[language], true, true);
  function use(): Texts<Stem<keyof Z & string>> {
    const { t, i18n } = useTranslation(room);
    const language = i18n.language;
    return useCallback((key: string, values: Values = {}) => t(key, values), [t, language]);
  }
  return { use, say: (key: string, values: Values = {}) => i18next.t(key, { ...values, ns: room }) };
}

export { i18next };
