import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api } from "../../api/client";
import { inLanguage } from "../../api/errors";
import { hasRole, useMe } from "../../api/me";
import type { Mark } from "../../api/generated/marks";
import { usePages } from "../../api/pages";
import { DataTable, type Column } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Empty, Failure, Tag, Waiting } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { duration, uiTexts } from "../../ui/ui-texts";
import { AnswerPicture } from "./AnswerPicture";
import type { Board } from "./board";
import { useProjectSchema } from "./PeopleView";
import { extraTexts } from "./texts-extras";

interface ExtraRow {
  id: string;
  task: string;
  name: string;
  person: string;
  person_name: string;
  marks: number;
  active_ms: number;
  at: string;
}

interface Answer {
  id: string;
  name: string;
  state: string;
  at: string;
  active_ms: number;
  marks: Mark[];
}

interface ExtraDetail {
  extra: Answer;
  standing: Answer | null;
  holder: string;
  item: { name: string; media: { kind: string; width?: number; height?: number } | null; urls: { preview: string | null } | null };
  remarks: { code: string; standing: string | null; extra: string | null; zh: string; en: string }[];
}

/** Answers that came when somebody else had the picture already: the lead looks at both and says which one counts. */
export function ExtrasView({ board }: { board: Board }) {
  const t = extraTexts.use();
  const ui = uiTexts.use();
  const [open, setOpen] = useState<string | null>(null);
  const extras = usePages<ExtraRow>(["work", "extras", board.project], `/work/projects/${board.project}/extras`, { limit: 100 });
  const columns: Column<ExtraRow>[] = [
    { key: "task", head: t("task"), cell: (row) => <span title={row.name}>{row.name.split("/").pop()}</span> },
    { key: "by", head: t("by"), cell: (row) => row.person_name },
    { key: "marks", head: t("marks"), className: "number", cell: (row) => row.marks },
    { key: "time", head: t("time"), className: "number", cell: (row) => duration(row.active_ms / 1000) },
    { key: "when", head: t("when"), cell: (row) => moment(row.at) },
    { key: "look", head: "", className: "end", cell: (row) => <Button size="compact-sm" variant="default" onClick={() => setOpen(row.id)}>{t("look")}</Button> },
  ];
  return (
    <>
      <p className="muted small">{t("what")}</p>
      {extras.error && <Failure error={extras.error} again={() => void extras.refetch()} />}
      <section className="card fill-card">
        {extras.isPending ? (
          <Waiting />
        ) : extras.rows.length ? (
          <DataTable columns={columns} rows={extras.rows} keyOf={(row) => row.id} label={t("title")} />
        ) : (
          !extras.error && <Empty>{t("none")}</Empty>
        )}
      </section>
      {extras.hasNextPage && (
        <Button variant="default" loading={extras.isFetchingNextPage} onClick={() => void extras.fetchNextPage()}>{ui("more")}</Button>
      )}
      {open !== null && <Decide project={board.project} id={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function Decide({ project, id, onClose }: { project: string; id: string; onClose: () => void }) {
  const t = extraTexts.use();
  const me = useMe();
  const client = useQueryClient();
  const schema = useProjectSchema(project).data?.schema;
  const detail = useQuery({ queryKey: ["work", "extra", id], queryFn: () => api.get<ExtraDetail>(`/work/extras/${id}`), staleTime: 0 });
  const decide = useMutation({
    mutationFn: (how: "take" | "keep-aside") => api.post(`/work/extras/${id}/${how}`),
    onSuccess: async (_, how) => {
      toast(how === "take" ? t("taken") : t("aside"));
      onClose();
      await client.invalidateQueries({ queryKey: ["work"] });
    },
  });
  const may = hasRole(me, "lead", "manager", "trainer", "admin");
  const found = detail.data;
  return (
    <Dialog
      open onClose={onClose} title={found ? found.item.name.split("/").pop() ?? "" : t("title")} size={1120} error={decide.error}
      busy={decide.isPending} action={may ? t("take") : undefined} disabled={!found} onAction={() => decide.mutate("take")}
      extra={may && <Button variant="default" disabled={!found || decide.isPending} onClick={() => decide.mutate("keep-aside")}>{t("keepAside")}</Button>}
    >
      {detail.error && <Failure error={detail.error} again={() => void detail.refetch()} />}
      {detail.isPending && <Waiting />}
      {found && (
        <>
          <div className="extra-pair">
            <Side detail={found} answer={found.extra} title={t("late")} schema={schema} chosen={found.remarks.flatMap((r) => r.extra ?? [])} />
            {found.standing ? (
              <Side detail={found} answer={found.standing} title={t("standing")} schema={schema} chosen={found.remarks.flatMap((r) => r.standing ?? [])} />
            ) : (
              <Empty>{found.holder ? t("held", { name: found.holder }) : t("free")}</Empty>
            )}
          </div>
          {found.standing && <b className="small">{found.remarks.length ? t("differs", { count: found.remarks.length }) : t("same")}</b>}
          <ul className="small extra-remarks">
            {found.remarks.map((r, i) => <li key={i}>{inLanguage(r)}</li>)}
          </ul>
          {may && <p className="muted small">{t("means")}</p>}
        </>
      )}
    </Dialog>
  );
}

interface SideProps {
  detail: ExtraDetail;
  answer: Answer;
  title: string;
  schema: Parameters<typeof AnswerPicture>[0]["schema"];
  chosen: string[];
}

function Side({ detail, answer, title, schema, chosen }: SideProps) {
  const t = extraTexts.use();
  const { media, urls } = detail.item;
  const key = chosen.join(" ");
  const standOut = useMemo(() => new Set(key.split(" ")), [key]);
  return (
    <figure>
      <figcaption>
        <Tag tone={answer === detail.extra ? "warn" : "ok"}>{title}</Tag> {answer.name} · {t("marksCount", { count: answer.marks.length })} · {duration(answer.active_ms / 1000)} · {moment(answer.at)}
      </figcaption>
      {media?.kind === "image" && (
        <AnswerPicture
          url={urls?.preview ?? null} width={media.width ?? 0} height={media.height ?? 0} marks={answer.marks} chosen={standOut} schema={schema}
          label={t("pictureOf", { name: answer.name })}
        />
      )}
    </figure>
  );
}
