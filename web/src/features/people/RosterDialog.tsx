import { Button } from "@mantine/core";
import { useState } from "react";
import { api, address } from "../../api/client";
import { inLanguage } from "../../api/errors";
import type { Schemas } from "../../api/types";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/State";
import { usePeopleAction } from "./people";
import { baseTexts } from "./texts-base";

/** Many accounts from an XLSX roster: the good rows are kept, the bad ones listed with the reason. */
export function RosterDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const t = baseTexts.use();
  const [file, setFile] = useState<File | null>(null);
  const send = usePeopleAction(() => {
    const form = new FormData();
    form.set("tenant", tenant);
    if (file) form.set("file", file);
    return api.post<Schemas["RosterOut"]>("/people/roster", form);
  });
  const done = send.data;
  return (
    <Dialog
      open title={t("rosterTitle")} onClose={onClose} size={done ? 680 : 520} error={send.error}
      action={done ? undefined : t("rosterSend")} disabled={!file} busy={send.isPending} onAction={() => send.mutate(undefined)}
    >
      {!done && (
        <>
          <p>{t("rosterText")}</p>
          <div className="row">
            <label className="file-button">
              {file?.name ?? t("rosterPick")}
              <input type="file" accept=".xlsx" className="visually-hidden" onChange={(e) => setFile(e.currentTarget.files?.[0] ?? null)} />
            </label>
            <a href={address("/people/roster/template")} download>
              {t("rosterTemplate")}
            </a>
          </div>
        </>
      )}
      {done && <Outcome done={done} />}
    </Dialog>
  );
}

function Outcome({ done }: { done: Schemas["RosterOut"] }) {
  const t = baseTexts.use();
  return (
    <>
      {done.created.length > 0 && <Notice tone="ok">{t("rosterAdded", { count: done.created.length })} {t("rosterMade")}</Notice>}
      {done.errors.length > 0 && (
        <>
          <Notice tone="warn">{t("rosterWrong", { count: done.errors.length })}</Notice>
          <table className="table">
            <tbody>
              {done.errors.map((e, i) => (
                <tr key={i}>
                  <td style={{ whiteSpace: "nowrap" }}>{t("rosterRow", { row: e.row })}</td>
                  <td>{inLanguage(e)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {done.created.length > 0 && (
        <>
          <div className="row">
            <b className="grow">{t("rosterCodes")}</b>
            <Button variant="default" size="compact-sm" onClick={() => printCodes(done, [t("name"), t("login"), t("codeLabel")])}>
              {t("rosterPrint")}
            </Button>
          </div>
          <table className="table">
            <thead>
              <tr>
                <th>{t("name")}</th>
                <th>{t("login")}</th>
                <th>{t("codeLabel")}</th>
              </tr>
            </thead>
            <tbody>
              {done.created.map((row) => (
                <tr key={row.person}>
                  <td>{row.display_name}</td>
                  <td>{row.login}</td>
                  <td className="mono">{row.code}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

/** The codes as a table file that Excel opens; they exist only in this answer, the server cannot give them again. */
function printCodes(done: Schemas["RosterOut"], head: string[]): void {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
  const lines = [head, ...done.created.map((row) => [row.display_name, row.login, row.code])].map((row) => row.map(cell).join(","));
  // The mark at the start tells Excel that this is UTF-8.
  const url = URL.createObjectURL(new Blob([`\uFEFF${lines.join("\r\n")}`], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "codes.csv";
  link.click();
  URL.revokeObjectURL(url);
}
