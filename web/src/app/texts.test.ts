import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { LANGUAGES, i18next } from "./i18n";

const SOURCE = join(process.cwd(), "src");
const ROOMS = ["app", "api", "ui", "features", "workbench"];
/** Tables that are data and no words for people: the characters at which pinyin initials change. */
const TABLES = new Set([join("workbench", "core", "pinyin.ts")]);
const isTextsFile = (path: string) => /(^|[/\\])([\w-]+-)?texts[\w-]*\.ts$/.test(path);

const files = ROOMS.flatMap((room) =>
  readdirSync(join(SOURCE, room), { recursive: true, encoding: "utf8" })
    .map((name) => join(room, name))
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|(^|[/\\])tests[/\\]/.test(name) && !name.includes("generated")),
);

const modules = import.meta.glob(["../**/*texts*.ts", "!../**/*.test.ts"], { eager: true });

/** Resource bundles that the product's own text files registered, room by room. */
function rooms(): string[] {
  return Object.keys(i18next.getDataByLanguage("zh-CN") ?? {});
}

const plural = (key: string) => key.replace(/_(one|other)$/, "");

describe("texts", () => {
  it("come from files of their own", () => {
    expect(Object.keys(modules).length).toBeGreaterThan(3);
    expect(rooms()).toContain("shell");
  });

  it.each(rooms())("of %s exist in every language, with the same placeholders", (room) => {
    const [zh, en] = LANGUAGES.map(
      (language) => i18next.getResourceBundle(language, room) as Record<string, string>,
    ) as [Record<string, string>, Record<string, string>];
    expect(new Set(Object.keys(en).map(plural))).toEqual(new Set(Object.keys(zh).map(plural)));
    for (const [key, sentence] of Object.entries(en)) {
      const chinese = zh[key] ?? zh[`${plural(key)}_other`] ?? "";
      expect(sentence.trim(), `${room}.${key} (en)`).not.toBe("");
      expect(chinese.trim(), `${room}.${key} (zh-CN)`).not.toBe("");
      const names = (s: string) => [...new Set(s.match(/{{\w+}}/g) ?? [])].sort();
      // English may drop the number in its singular form.
      if (!key.endsWith("_one")) expect(names(sentence), `${room}.${key}`).toEqual(names(chinese));
    }
  });

  it.each(rooms())("of %s have both English number forms where they count", (room) => {
    const en = Object.keys(i18next.getResourceBundle("en", room) as Record<string, string>);
    for (const key of en.filter((k) => k.endsWith("_other"))) {
      expect(en, `${room}.${key}`).toContain(`${plural(key)}_one`);
    }
  });
});

/** Attributes that people read or hear. */
const SPOKEN = new Set(["label", "title", "placeholder", "description", "aria-label", "alt", "error"]);
const LETTERS = /\p{L}{2,}/u;

function hardCoded(path: string): string[] {
  const text = readFileSync(join(SOURCE, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const found: string[] = [];
  const say = (node: ts.Node, what: string) =>
    found.push(`${path}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${what.trim()}`);
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node) && LETTERS.test(node.text)) say(node, node.text);
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer) && LETTERS.test(node.initializer.text)) {
      say(node, node.initializer.text);
    }
    if ((ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) && /\p{Script=Han}/u.test(node.text)) say(node, node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

describe("pages", () => {
  it("hold no sentence of their own", () => {
    const found = files.filter((f) => !isTextsFile(f) && !TABLES.has(f)).flatMap(hardCoded);
    expect(found).toEqual([]);
  }, 60_000);

  it("would be caught if they did", () => {
    expect(isTextsFile("features/people/texts-door.ts")).toBe(true);
    expect(isTextsFile("app/shell-texts.ts")).toBe(true);
    expect(isTextsFile("features/people/LoginPage.tsx")).toBe(false);
  });
});
