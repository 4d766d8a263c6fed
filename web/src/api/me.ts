import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, setCsrf } from "./client";
import { ApiError } from "./errors";

export type Role = "worker" | "lead" | "manager" | "teacher" | "client" | "trainer" | "viewer" | "admin";

export interface Tenant {
  id: string;
  kind: string;
  name: string;
}

/** The person who is logged in (`GET /people/me`). */
export interface Me {
  id: string;
  pseudonym: string;
  display_name: string;
  language: string | null;
  must_change_password: boolean;
  roles: { role: Role; tenant: Tenant | null }[];
  csrf?: string;
}

/** What the server wrote into the page about who is logged in; `undefined` when it did not. Read once. */
export function embeddedMe(page: Document = document): Me | null | undefined {
  const element = page.getElementById("me");
  if (!element?.textContent) return undefined;
  element.remove();
  const me = JSON.parse(element.textContent) as Me | null;
  setCsrf(me?.csrf);
  return me;
}

/** Who is asking; null when nobody is logged in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: Infinity,
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await api.get<Me>("/people/me");
      setCsrf(me.csrf);
      return me;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

/** The logged-in person; pages below the shell always have one. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe is for pages of logged-in people");
  return data;
}

export function hasRole(me: Me, ...roles: Role[]): boolean {
  return me.roles.some((r) => roles.includes(r.role));
}

/** Tenants in which the person holds one of the roles. */
export function tenantsWith(me: Me, ...roles: Role[]): Tenant[] {
  const found = new Map<string, Tenant>();
  for (const r of me.roles) if (r.tenant && roles.includes(r.role)) found.set(r.tenant.id, r.tenant);
  return [...found.values()];
}

/** End the login on the server and forget everything this page knew. */
export function useLogout(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await api.post("/people/logout");
    setCsrf(null);
    client.clear();
    // A full load drops what any page still holds in memory: the next person shares this computer.
    location.assign("/login");
  };
}
