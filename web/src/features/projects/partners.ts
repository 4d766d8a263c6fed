import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { tenantsWith, useMe } from "../../api/me";

export interface Named {
  id: string;
  kind: string;
  name: string;
}

/** Whom one may name: one's own places first, then those one works with already. */
export function usePartners() {
  const me = useMe();
  const found = useQuery({ queryKey: ["projects", "partners"], queryFn: () => api.get<{ clients: Named[]; bases: Named[] }>("/projects/partners") });
  const mine = new Set(tenantsWith(me, "manager", "client").map((one) => one.id));
  const rank = (one: Named) => (mine.has(one.id) ? 0 : 2) + (one.kind === "client" ? 0 : 1);
  return { clients: [...(found.data?.clients ?? [])].sort((a, b) => rank(a) - rank(b)), bases: found.data?.bases ?? [] };
}
