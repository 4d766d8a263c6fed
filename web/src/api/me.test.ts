import { describe, expect, it } from "vitest";
import { csrfToken } from "./client";
import { embeddedMe, tenantsWith, type Me } from "./me";

const ME: Me = {
  id: "p1", pseudonym: "WS-014", display_name: "吴小燕", language: "zh-CN", must_change_password: false, csrf: "token",
  roles: [
    { role: "worker", tenant: { id: "b1", kind: "base", name: "万山" } },
    { role: "lead", tenant: { id: "b1", kind: "base", name: "万山" } },
    { role: "trainer", tenant: { id: "c1", kind: "client", name: "远望" } },
  ],
};

function page(content: string | null): Document {
  const made = document.implementation.createHTMLDocument();
  if (content !== null) {
    const element = made.createElement("script");
    element.type = "application/json";
    element.id = "me";
    element.textContent = content;
    made.head.append(element);
  }
  return made;
}

describe("who is logged in, as the page says", () => {
  it("is read once, with its CSRF token", () => {
    const here = page(JSON.stringify(ME));
    expect(embeddedMe(here)).toEqual(ME);
    expect(csrfToken()).toBe("token");
    expect(embeddedMe(here)).toBeUndefined();
  });
  it("is null for nobody, and unknown when the page does not say", () => {
    expect(embeddedMe(page("null"))).toBeNull();
    expect(embeddedMe(page(null))).toBeUndefined();
  });
});

describe("tenants", () => {
  it("are counted once, by role", () => {
    expect(tenantsWith(ME, "worker", "lead").map((t) => t.id)).toEqual(["b1"]);
    expect(tenantsWith(ME, "manager")).toEqual([]);
  });
});
