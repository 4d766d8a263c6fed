import { Button, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { useMe } from "../../api/me";
import type { Schemas } from "../../api/types";
import { Copy } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";
import { day } from "../../ui/format";
import { Failure, Tag } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { meTexts } from "./texts-me";

const SCOPES = ["read", "write", "admin"] as const;
type Scope = (typeof SCOPES)[number];

/** One's API tokens: made, shown once, revoked. */
export function Tokens() {
  const t = meTexts.use();
  const client = useQueryClient();
  const tokens = useQuery({ queryKey: ["people", "tokens"], queryFn: () => api.get<Schemas["TokenOut"][]>("/people/tokens") });
  const [making, setMaking] = useState(false);
  const revoke = useMutation({
    mutationFn: (id: string) => api.delete(`/people/tokens/${id}`),
    onSuccess: async () => {
      toast(t("tokenRevoked"));
      await client.invalidateQueries({ queryKey: ["people", "tokens"] });
    },
  });
  const valid = tokens.data?.filter((one) => !one.revoked_at && Date.parse(one.expires_at) > Date.now()) ?? [];
  return (
    <section className="card">
      <div className="card-pad stack" style={{ gap: 4 }}>
        <div className="row">
          <h2>{t("tokens")}</h2>
          <span className="grow" />
          <Button variant="default" size="compact-sm" onClick={() => setMaking(true)}>{t("tokenMake")}</Button>
        </div>
        <p className="muted small">{t("tokensText")}</p>
        {(tokens.error ?? revoke.error) && <Failure error={tokens.error ?? revoke.error} again={() => void tokens.refetch()} />}
        {tokens.data && valid.length === 0 && <p className="muted small">{t("tokenNone")}</p>}
      </div>
      {valid.map((one) => (
        <div key={one.id} className="me-row">
          <div className="grow">
            <div>
              {one.name} <span className="mono">{one.hint}</span> <Tag tone="info">{t(`scope.${one.scope as Scope}`)}</Tag>
            </div>
            <div className="muted small">
              {t("tokenUntil", { date: day(one.expires_at) })} · {one.last_used_at ? t("tokenUsed", { date: day(one.last_used_at) }) : t("tokenNever")}
            </div>
          </div>
          <Button variant="default" size="compact-sm" onClick={() => revoke.mutate(one.id)}>{t("tokenRevoke")}</Button>
        </div>
      ))}
      {making && <NewToken onClose={() => setMaking(false)} />}
    </section>
  );
}

function NewToken({ onClose }: { onClose: () => void }) {
  const t = meTexts.use();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [days, setDays] = useState(90);
  const [tenant, setTenant] = useState("");
  const me = useMe();
  const places = new Map(me.roles.flatMap((r) => (r.tenant ? [[r.tenant.id, r.tenant.name]] : [])));
  const make = useMutation({
    mutationFn: () => api.post<Schemas["TokenMade"]>("/people/tokens", { name: name.trim(), scope, days, tenant }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["people", "tokens"] }),
  });
  if (make.data) {
    return (
      <Dialog open title={t("tokens")} onClose={onClose}>
        <p>{t("tokenOnce")}</p>
        <Copy label={t("tokenLabel")} value={make.data.token} />
      </Dialog>
    );
  }
  return (
    <Dialog open title={t("tokenMake")} onClose={onClose} action={t("tokenMake")} busy={make.isPending} disabled={!name.trim()} error={make.error} onAction={() => make.mutate()}>
      <TextInput label={t("tokenName")} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus maxLength={200} />
      <div className="row">
        <NativeSelect className="grow" label={t("tokenScopes")} value={scope} onChange={(e) => setScope(e.currentTarget.value as Scope)} data={SCOPES.map((s) => ({ value: s, label: t(`scope.${s}`) }))} />
        <NumberInput className="grow" label={t("tokenDays")} min={1} max={366} value={days} onChange={(v) => setDays(Number(v) || 1)} />
      </div>
      {places.size > 1 && (
        <NativeSelect label={t("tokenWhere")} value={tenant} onChange={(e) => setTenant(e.currentTarget.value)} data={[{ value: "", label: t("tokenEverywhere") }, ...[...places].map(([value, label]) => ({ value, label }))]} />
      )}
    </Dialog>
  );
}
