import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Role } from "../../api/me";
import type { Page, Schemas } from "../../api/types";

export type Person = Schemas["PersonOut"];
export type Tenant = Schemas["TenantOut"];

/** Roles that make sense in a tenant of a kind. */
export const ROLES_IN: Record<string, readonly Role[]> = {
  base: ["worker", "lead", "manager", "teacher", "trainer", "viewer"],
  client: ["client", "trainer", "viewer"],
  county: ["viewer"],
  platform: ["admin", "trainer", "teacher", "viewer"],
};

/** All tenants that one may name, page by page: a province has more than one answer holds. */
async function allTenants(): Promise<Tenant[]> {
  const found: Tenant[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Tenant> = await api.get<Page<Tenant>>("/people/tenants", { limit: 1000, cursor });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}

export function useTenants() {
  return useQuery({ queryKey: ["people", "tenants"], queryFn: allTenants, staleTime: 60_000 });
}

/** A writing call about people; lists are read again afterwards. */
export function usePeopleAction<A, R>(action: (argument: A) => Promise<R>, onSuccess?: (result: R, argument: A) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSuccess: async (result, argument) => {
      onSuccess?.(result, argument);
      await client.invalidateQueries({ queryKey: ["people"] });
    },
  });
}
