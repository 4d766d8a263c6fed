import { i18next } from "../../app/i18n";
import type { Condition, RuleDoc } from "./rules";
import { ruleTexts } from "./texts-rules";

type Key = Parameters<typeof ruleTexts.say>[0];

/** A figure in words: "累积和 4.9". */
export function valueInWords(key: string, value: number): string {
  const number = new Intl.NumberFormat(i18next.language, { maximumFractionDigits: 1 }).format(value);
  return `${ruleTexts.say(`key.${key}` as Key)} ${number}`;
}

/** A condition in words. */
export function conditionInWords(one: Condition): string {
  return `${ruleTexts.say(`key.${one.key}` as Key)} ${ruleTexts.say(`op.${one.op}`)} ${one.value}`;
}

/** A rule in two lines: when, and what. */
export function ruleInWords(rule: RuleDoc): { when: string; then: string } {
  return { when: rule.when.map(conditionInWords).join(" · "), then: rule.then.map((a) => ruleTexts.say(`do.${a.do}`)).join(" · ") };
}

/** The one of two sentences that is in the language now spoken. */
export function spoken(zh: string, en: string): string {
  return i18next.language.startsWith("zh") ? zh : en || zh;
}
