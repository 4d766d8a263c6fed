import { afterEach, describe, expect, it, vi } from "vitest";
import { i18next } from "../app/i18n";
import { address, api, csrfToken, setCsrf } from "./client";
import { ApiError, LineError } from "./errors";

function answer(status: number, body: unknown, type = "application/problem+json") {
  return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "Content-Type": type } });
}

afterEach(() => {
  setCsrf(null);
  vi.unstubAllGlobals();
});

describe("address", () => {
  it.each([
    ["/work/mine", {}, "/api/v1/work/mine"],
    ["/work/mine", { state: "returned", cursor: null }, "/api/v1/work/mine?state=returned"],
    ["/data/items", { tag: ["a b", "c"], limit: 5 }, "/api/v1/data/items?tag=a+b&tag=c&limit=5"],
  ])("%s %j", (path, query, expected) => {
    expect(address(path, query)).toBe(expected);
  });
});

describe("api", () => {
  it("sends the CSRF token with writes and not with reads", async () => {
    const fetched = vi.fn((_url: string, _init: RequestInit) => Promise.resolve(answer(200, { ok: true }, "application/json")));
    vi.stubGlobal("fetch", fetched);
    setCsrf("from-me");
    await api.get("/people/me");
    await api.post("/people/logout");
    const headers = fetched.mock.calls.map(([, init]) => init.headers as Record<string, string>);
    expect(headers[0]).not.toHaveProperty("X-CSRFToken");
    expect(headers[1]).toMatchObject({ "X-CSRFToken": "from-me", "Content-Type": "application/json" });
  });

  it("prefers the cookie, which another tab may have renewed", () => {
    setCsrf("old");
    document.cookie = "doujia_csrf=fresh";
    expect(csrfToken()).toBe("fresh");
    document.cookie = "doujia_csrf=; max-age=0";
  });

  it.each([[200, "application/json"], [503, "application/problem+json"]])("a line that breaks in the middle of an answer with status %i is no answer", async (status, type) => {
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"id": '));
        controller.error(new TypeError("network error"));
      },
    });
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(cut, { status, headers: { "Content-Type": type } })));
    await expect(api.post("/work/submissions", {})).rejects.toBeInstanceOf(LineError);
  });

  it("turns problem+json into a typed error with the sentence of the language", async () => {
    const problem = {
      status: 422, code: "invalid", detail: { zh: "这个名字已经用过了,换一个吧。", en: "That name is taken; please choose another." },
      fields: [{ field: "name", zh: "换一个名字。", en: "Choose another name." }], retry_after: 30,
    };
    vi.stubGlobal("fetch", () => Promise.resolve(answer(422, problem)));
    const error = await api.post("/projects").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    const failure = error as ApiError;
    await i18next.changeLanguage("zh-CN");
    expect(failure.sentence).toBe("这个名字已经用过了,换一个吧。");
    expect(failure.forField("name")).toBe("换一个名字。");
    await i18next.changeLanguage("en");
    expect(failure.sentence).toBe("That name is taken; please choose another.");
    expect(failure.forField("colour")).toBeNull();
    expect(failure.retryAfter).toBe(30);
  });

  it("keeps the status when a proxy answers with a page of its own", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(answer(502, "<html>Bad gateway</html>", "text/html")));
    const error = (await api.get("/work/today").catch((e: unknown) => e)) as ApiError;
    expect([error.status, error.code]).toEqual([502, "http_502"]);
  });

  it("says that the line is down when no answer comes", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(api.get("/work/today")).rejects.toBeInstanceOf(LineError);
  });
});
