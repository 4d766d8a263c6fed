import { Button, NumberInput, Switch } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { usePages } from "../../api/pages";
import type { Schemas } from "../../api/types";
import { Copy } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Failure, Notice, Tag, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { uiTexts } from "../../ui/ui-texts";
import { usePeopleAction } from "./people";
import { baseTexts } from "./texts-base";

/** Enrolment links of a base: make one, see which are valid, end one. */
export function LinksDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = baseTexts.use();
  const [days, setDays] = useState(14);
  const [uses, setUses] = useState(50);
  const [approve, setApprove] = useState(true);
  const ui = uiTexts.use();
  const links = usePages<Schemas["LinkOut"]>(["people", "links"], "/people/enrolment-links", { tenant, limit: 20 });
  const make = usePeopleAction(() => api.post<Schemas["LinkMade"]>("/people/enrolment-links", { tenant, days, max_uses: uses, approve }));
  const stop = usePeopleAction((id: string) => api.delete(`/people/enrolment-links/${id}`), () => toast(t("linkStopped")));
  const now = Date.now();
  return (
    <Dialog open title={t("linkTitle")} onClose={onClose} size={600} action={make.data ? undefined : t("linkMake")} busy={make.isPending} error={make.error} onAction={() => make.mutate(undefined)}>
      <p className="muted">{t("linkText")}</p>
      {make.data ? (
        <Copy label={t("linkLabel")} value={make.data.url} />
      ) : (
        <>
          <div className="row">
            <NumberInput className="grow" label={t("linkDays")} min={1} max={90} value={days} onChange={(v) => setDays(Number(v) || 1)} />
            <NumberInput className="grow" label={t("linkUses")} min={1} max={1000} value={uses} onChange={(v) => setUses(Number(v) || 1)} />
          </div>
          <Switch label={t("linkApprove")} checked={approve} onChange={(e) => setApprove(e.currentTarget.checked)} />
        </>
      )}
      <b>{t("linkActive")}</b>
      {links.error && <Failure error={links.error} again={() => void links.refetch()} />}
      {stop.error && <Notice tone="error">{sentenceOf(stop.error)}</Notice>}
      {links.data && links.rows.length === 0 && <span className="muted small">{t("linkNone")}</span>}
      {links.rows.map((link) => (
        <div key={link.id} className="row">
          <span className="grow">
            {t("linkHint", { hint: link.hint })} · {t("linkUntil", { date: moment(link.expires_at), used: link.uses, max: link.max_uses })}
          </span>
          {link.revoked_at ? <Tag>{t("linkRevoked")}</Tag> : Date.parse(link.expires_at) < now ? <Tag>{t("linkExpired")}</Tag> : (
            <Button variant="default" size="compact-sm" onClick={() => stop.mutate(link.id)}>{t("linkStop")}</Button>
          )}
        </div>
      ))}
      {links.hasNextPage && <Button variant="default" size="compact-sm" loading={links.isFetchingNextPage} onClick={() => void links.fetchNextPage()}>{ui("more")}</Button>}
    </Dialog>
  );
}
