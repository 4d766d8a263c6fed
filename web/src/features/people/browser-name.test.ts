import { describe, expect, it } from "vitest";
import { browserName } from "./MePage";

describe("the name of a browser", () => {
  it.each([
    ["Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36", "Chrome 109 · Windows 7"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "Edge 120 · Windows"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0", "Firefox 121 · Linux"],
    ["doujia-sdk", "doujia-sdk"],
  ])("%s", (agent, name) => {
    expect(browserName(agent)).toBe(name);
  });
});
