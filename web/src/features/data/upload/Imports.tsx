import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "../../../api/client";
import { inLanguage } from "../../../api/errors";
import { isOver, type JobState } from "../../../api/jobs";
import { usePages } from "../../../api/pages";
import type { Schemas } from "../../../api/types";
import { Dialog } from "../../../ui/Dialog";
import { count, moment } from "../../../ui/format";
import { JobProgress } from "../../../ui/JobProgress";
import { Failure, Waiting } from "../../../ui/State";
import { uiTexts } from "../../../ui/ui-texts";
import { dataTexts } from "../texts-data";

type Run = Schemas["ImportOut"];

export function useImports(dataset: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["data", "imports", dataset],
    queryFn: async () => (await api.get<{ items: Run[] }>(`/data/datasets/${dataset}/imports`)).items,
    refetchInterval: (q) => (q.state.data?.some((run) => !isOver(run.state as JobState)) ? 2000 : false),
  });
  const running = query.data?.some((run) => !isOver(run.state as JobState)) ?? false;
  const before = useRef(running);
  useEffect(() => {
    // The last running import has ended: items and sizes are new.
    if (before.current && !running) void client.invalidateQueries({ queryKey: ["data"] });
    before.current = running;
  }, [running, client]);
  return query;
}

/** The import at work on the dataset's page. */
export function RunningImport({ dataset }: { dataset: string }) {
  const t = dataTexts.use();
  const imports = useImports(dataset);
  const run = imports.data?.find((one) => !isOver(one.state as JobState));
  if (!run) return null;
  return (
    <section className="card card-pad">
      <JobProgress key={run.job} id={run.job} title={t("importing")} />
    </section>
  );
}

/** Every import with what came in and what did not. */
export function ImportsDialog({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const t = dataTexts.use();
  const ui = uiTexts.use();
  const imports = usePages<Run>(["data", "imports", dataset, "all"], `/data/datasets/${dataset}/imports`, { limit: 20 });
  const [looking, setLooking] = useState<Run | null>(null);
  if (looking) return <RefusedDialog run={looking} onClose={() => setLooking(null)} />;
  return (
    <Dialog open title={t("imports")} onClose={onClose} size={760}>
      {imports.isPending && <Waiting />}
      {imports.error && <Failure error={imports.error} again={() => void imports.refetch()} />}
      {imports.data && imports.rows.length === 0 && <p className="muted">{t("noImports")}</p>}
      {imports.rows.map((run) => (
        <div key={run.id} className="stack" style={{ gap: 6 }}>
          <JobProgress id={run.job} title={moment(run.created_at)} />
          <div className="row">
            <span className="grow small">
              {t("importOk", { added: count(run.counts.added ?? 0), duplicates: count((run.counts.duplicates ?? 0) + (run.counts.known ?? 0)), refused: count(run.counts.refused ?? 0) })}
            </span>
            {(run.counts.refused ?? 0) > 0 && <Button variant="default" size="compact-sm" onClick={() => setLooking(run)}>{t("problemsTitle", { count: run.counts.refused ?? 0 })}</Button>}
          </div>
        </div>
      ))}
      {imports.hasNextPage && <Button variant="default" loading={imports.isFetchingNextPage} onClick={() => void imports.fetchNextPage()}>{ui("more")}</Button>}
    </Dialog>
  );
}

interface RefusedFile {
  name: string;
  code: string;
  zh: string;
  en: string;
}

function RefusedDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const t = dataTexts.use();
  const ui = uiTexts.use();
  const files = usePages<RefusedFile>(["data", "refused", run.id], `/data/imports/${run.id}/refused`, { limit: 200 });
  return (
    <Dialog open title={t("problemsTitle", { count: run.counts.refused ?? 0 })} onClose={onClose} size={760}>
      {files.isPending && <Waiting />}
      {files.error && <Failure error={files.error} />}
      {files.rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>{t("problemFile")}</th>
              <th>{t("problemWhy")}</th>
            </tr>
          </thead>
          <tbody>
            {files.rows.map((f, i) => (
              <tr key={i}>
                <td className="mono">{f.name}</td>
                <td>{inLanguage(f)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {files.hasNextPage && <Button variant="default" onClick={() => void files.fetchNextPage()}>{ui("more")}</Button>}
    </Dialog>
  );
}
