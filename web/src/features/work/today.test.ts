import { describe, expect, it } from "vitest";
import { i18next } from "../../app/i18n";
import type { Project } from "../projects/projects";
import { reasonOf } from "./today";

const project = { settings: { error_classes: [{ id: "missed", zh: "漏标", en: "Missed an object" }] } } as Project;

describe("why something came back", () => {
  it.each([
    ["in the reviewer's words", { error_class: "missed", text: "左上角还有一个" }, "左上角还有一个"],
    ["by the name of the error", { error_class: "missed" }, "漏标"],
    ["by its code when the project no longer knows it", { error_class: "old" }, "old"],
  ])("%s", async (_name, finding, expected) => {
    await i18next.changeLanguage("zh-CN");
    expect(reasonOf(finding, project)).toBe(expected);
  });
});
