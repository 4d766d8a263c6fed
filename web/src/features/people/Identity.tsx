import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { usePages } from "../../api/pages";
import type { Schemas } from "../../api/types";
import { moment } from "../../ui/format";
import { Failure, Notice, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { uiTexts } from "../../ui/ui-texts";
import { usePeopleAction } from "./people";
import { baseTexts } from "./texts-base";

type Column = "legal_name" | "id_number" | "bank_card" | "phone";
const COLUMNS: readonly { column: Column; text: "legalName" | "idNumber" | "bankCard" | "phone" }[] = [
  { column: "legal_name", text: "legalName" }, { column: "id_number", text: "idNumber" }, { column: "bank_card", text: "bankCard" }, { column: "phone", text: "phone" },
];

/** Identity in the vault: masked, changed field by field, shown whole only with a reason that is kept. */
export function Identity({ person, own }: { person: string; own: boolean }) {
  const t = baseTexts.use();
  const path = `/people/persons/${person}/identity`;
  const masked = useQuery({ queryKey: ["people", "identity", person], queryFn: () => api.get<Schemas["IdentityOut"]>(path) });
  const [editing, setEditing] = useState(false);
  const [why, setWhy] = useState<string | null>(null);
  const client = useQueryClient();
  // Only what is there is asked for: the record of the look must not speak of more.
  const kept = COLUMNS.map((c) => c.column).filter((column) => masked.data?.[column]);
  const reveal = useMutation({
    mutationFn: (reason: string) => api.post<Schemas["RevealOut"]>(`${path}/reveal`, { columns: kept, reason }),
    onSuccess: () => {
      setWhy(null);
      void client.invalidateQueries({ queryKey: ["people", "looks", path] });
    },
  });
  if (masked.error) return <Failure error={masked.error} again={() => void masked.refetch()} />;
  if (!masked.data) return null;
  const shown = (column: Column) => reveal.data?.[column] ?? masked.data[column];
  return (
    <div className="stack">
      <p className="muted small">{t("identityText")}</p>
      {editing ? (
        <IdentityForm path={path} onDone={() => { setEditing(false); reveal.reset(); }} />
      ) : (
        <>
          <dl className="facts">
            {COLUMNS.map(({ column, text }) => (
              <div key={column} style={{ display: "contents" }}>
                <dt>{t(text)}</dt>
                <dd>{shown(column) || <span className="muted">{t("empty_")}</span>}</dd>
              </div>
            ))}
          </dl>
          {reveal.data && <Notice tone="info">{t("revealDone")}</Notice>}
          {reveal.error && <Notice tone="error">{sentenceOf(reveal.error)}</Notice>}
          <div className="row">
            <Button variant="default" size="compact-sm" onClick={() => setEditing(true)}>{t("edit")}</Button>
            {kept.length === 0 ? null : why === null ? (
              <Button variant="default" size="compact-sm" onClick={() => (own ? reveal.mutate("") : setWhy(""))} loading={reveal.isPending}>{t("reveal")}</Button>
            ) : (
              <>
                <TextInput className="grow" size="xs" aria-label={t("revealWhy")} placeholder={t("revealWhy")} value={why} onChange={(e) => setWhy(e.currentTarget.value)} autoFocus />
                <Button variant="default" size="compact-sm" disabled={!why.trim()} loading={reveal.isPending} onClick={() => reveal.mutate(why.trim())}>{t("reveal")}</Button>
              </>
            )}
          </div>
          <Looks path={path} />
        </>
      )}
    </div>
  );
}

/** Who has looked at the whole, what of it and why; shown when it is asked for. */
function Looks({ path }: { path: string }) {
  const t = baseTexts.use();
  const ui = uiTexts.use();
  const [open, setOpen] = useState(false);
  const looks = usePages<Schemas["LookOut"]>(["people", "looks", path], `${path}/looks`, { limit: 20 }, open);
  const named = (columns: readonly string[]) => COLUMNS.filter((c) => columns.includes(c.column)).map((c) => t(c.text)).join(t("lookJoin"));
  return (
    <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t("looks")}</summary>
      {looks.error && <Failure error={looks.error} again={() => void looks.refetch()} />}
      {looks.data && looks.rows.length === 0 && <p className="muted small">{t("looksNone")}</p>}
      {looks.rows.map((look) => (
        <div key={look.id} className="small">
          {t("look", { date: moment(look.at), who: look.own ? t("lookOwn") : look.by || t("lookGone"), what: named(look.columns) })}
          {look.reason && <span className="muted"> {look.reason}</span>}
        </div>
      ))}
      {looks.hasNextPage && <button type="button" className="text-button small" onClick={() => void looks.fetchNextPage()}>{ui("more")}</button>}
    </details>
  );
}

function IdentityForm({ path, onDone }: { path: string; onDone: () => void }) {
  const t = baseTexts.use();
  const [values, setValues] = useState<Partial<Record<Column, string>>>({});
  const save = usePeopleAction(() => api.patch(path, values), () => {
    toast(t("identitySaved"));
    onDone();
  });
  const says = (field: string) => (save.error instanceof ApiError ? save.error.forField(field) : null);
  return (
    <div className="stack">
      {COLUMNS.map(({ column, text }) => (
        <TextInput key={column} label={t(text)} placeholder={t("leaveEmpty")} value={values[column] ?? ""} error={says(column)} autoComplete="off" onChange={(e) => { const { value } = e.currentTarget; setValues((before) => ({ ...before, [column]: value })); }} />
      ))}
      {save.error && <Notice tone="error">{sentenceOf(save.error)}</Notice>}
      <div className="row">
        <Button variant="default" loading={save.isPending} disabled={!Object.values(values).some(Boolean)} onClick={() => save.mutate(undefined)}>{t("save")}</Button>
      </div>
    </div>
  );
}
