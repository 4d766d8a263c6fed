import { Button, NativeSelect, TextInput, Textarea } from "@mantine/core";
import { IconPackageExport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { address, api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { i18next } from "../../app/i18n";
import { Dialog } from "../../ui/Dialog";
import { count, moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Markdown } from "../../ui/Markdown";
import { Empty, Failure, Tag, Waiting, type Tone } from "../../ui/State";
import type { Project } from "../projects/projects";
import { nameOf } from "../projects/schema/model";
import { useProjectSchema } from "../work/PeopleView";
import { Exports } from "./Exports";
import { useReleaseAction, useReleases, type Comparison, type Release } from "./releases";
import { releaseTexts } from "./texts-releases";
import "./releases.css";

const TONES: Record<Release["state"], Tone> = { making: "info", ready: "ok", failed: "error" };

/** Dataset versions of a project: made, looked into, compared, downloaded in any format. */
export function ReleasesTab({ project }: { project: Project }) {
  const t = releaseTexts.use();
  const me = useMe();
  const releases = useReleases(project.id);
  const [chosen, setChosen] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const may = hasRole(me, "client", "manager", "trainer", "admin");
  if (releases.isPending) return <Waiting />;
  if (releases.error) return <Failure error={releases.error} again={() => void releases.refetch()} />;
  const current = releases.data.find((r) => r.id === chosen) ?? releases.data[0];
  const make = may && <Button onClick={() => setMaking(true)}>{t("make")}</Button>;
  return (
    <>
      {current ? (
        <div className="releases">
          <section className="card">
            <div className="list-foot" style={{ borderTop: 0, borderBottom: "1px solid var(--line)" }}>{make}</div>
            <div className="scroll" role="listbox">
              {releases.data.map((r) => (
                <button key={r.id} type="button" role="option" aria-selected={r.id === current.id} className="release-row" onClick={() => setChosen(r.id)}>
                  <span className="row">
                    <b>{t("version", { number: r.number })}</b>
                    {r.state !== "ready" && <Tag tone={TONES[r.state]}>{t(`state.${r.state}`)}</Tag>}
                  </span>
                  <span className="muted small">{[r.name, moment(r.created_at)].filter(Boolean).join(" · ")}</span>
                </button>
              ))}
            </div>
          </section>
          <Detail key={current.id} release={current} others={releases.data.filter((r) => r.id !== current.id && r.state === "ready")} />
        </div>
      ) : (
        <Empty icon={<IconPackageExport size={40} stroke={1.25} />} action={make}>
          {t("empty")}
        </Empty>
      )}
      {making && <MakeRelease project={project} onClose={() => setMaking(false)} />}
    </>
  );
}

function MakeRelease({ project, onClose }: { project: Project; onClose: () => void }) {
  const t = releaseTexts.use();
  const [name, setName] = useState("");
  const [notes, setNotes] = useState("");
  const make = useReleaseAction(() => api.post<{ id: string }>(`/releases/projects/${project.id}`, { name: name.trim(), notes }), onClose);
  return (
    <Dialog open title={t("make")} onClose={onClose} action={t("go")} busy={make.isPending} error={make.error} onAction={() => make.mutate(undefined)}>
      <p className="muted">{t("makeText")}</p>
      <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus maxLength={120} />
      <Textarea label={t("notes")} description={t("notesHint")} rows={4} value={notes} onChange={(e) => setNotes(e.currentTarget.value)} />
    </Dialog>
  );
}

function Detail({ release, others }: { release: Release; others: Release[] }) {
  const t = releaseTexts.use();
  const [comparing, setComparing] = useState(false);
  const [card, setCard] = useState(false);
  return (
    <section className="card release-detail">
      <div className="card-head">
        <h2>
          {t("version", { number: release.number })} {release.name}
        </h2>
        <span className="end row">
          {release.state === "ready" && <Button variant="default" size="compact-md" onClick={() => setCard(true)}>{t("card")}</Button>}
          {release.state === "ready" && others.length > 0 && <Button variant="default" size="compact-md" onClick={() => setComparing(true)}>{t("compare")}</Button>}
        </span>
      </div>
      <div className="scroll pad stack">
        {release.notes && <p style={{ whiteSpace: "pre-wrap" }}>{release.notes}</p>}
        {release.state !== "ready" && <JobProgress id={release.job} title={t("make")} />}
        {release.state === "ready" && (
          <>
            <p>
              {t("items", { count: release.items })} · {t("marks", { count: release.marks })} · {moment(release.ready_at ?? release.created_at)}
            </p>
            <p className="muted small">
              {t("manifest")} <span className="mono">{release.manifest_sha256}</span>
            </p>
            <Exports release={release} />
          </>
        )}
      </div>
      {card && <CardDialog release={release} onClose={() => setCard(false)} />}
      {comparing && <CompareDialog release={release} others={others} onClose={() => setComparing(false)} />}
    </section>
  );
}

function CardDialog({ release, onClose }: { release: Release; onClose: () => void }) {
  const t = releaseTexts.use();
  const path = `/releases/${release.id}/files/card.md`;
  const card = useQuery({
    queryKey: ["releases", "card", release.id], staleTime: Infinity,
    queryFn: async () => {
      const response = await fetch(address(path), { credentials: "same-origin" });
      return response.ok ? response.text() : JSON.stringify(release.card, null, 2);
    },
  });
  return (
    <Dialog open title={t("cardTitle")} onClose={onClose} size={760}>
      {card.isPending && <Waiting />}
      {card.error && <Failure error={card.error} />}
      {card.data && <Markdown text={card.data} />}
    </Dialog>
  );
}

function CompareDialog({ release, others, onClose }: { release: Release; others: Release[]; onClose: () => void }) {
  const t = releaseTexts.use();
  const [chosen, setChosen] = useState(others[0]?.id ?? "");
  const other = others.find((r) => r.id === chosen) ?? others[0];
  const [before, after] = other && other.number > release.number ? [release, other] : [other, release];
  const compared = useQuery({
    queryKey: ["releases", "compare", before?.id, after?.id], enabled: before !== undefined, staleTime: Infinity,
    queryFn: () => api.get<Comparison>(`/releases/${before?.id}/compare/${after?.id}`),
  });
  const c = compared.data;
  const rows = c && ([["added", c.added, c.added_examples], ["removed", c.removed, c.removed_examples], ["changed", c.changed, c.changed_examples], ["same", c.same, []]] as const);
  return (
    <Dialog open title={t("compare")} onClose={onClose} size={680}>
      <NativeSelect label={t("compareWith")} value={chosen} onChange={(e) => setChosen(e.currentTarget.value)} data={others.map((r) => ({ value: r.id, label: `${t("version", { number: r.number })} ${r.name}` }))} />
      {compared.isPending && <Waiting />}
      {compared.error && <Failure error={compared.error} />}
      {rows && (
        <table className="table">
          <tbody>
            {rows.map(([key, n, names]) => (
              <tr key={key}>
                <td>{t(key)}</td>
                <td className="number">{count(n)}</td>
                <td className="muted small">{names.length > 0 && t("examples", { names: names.slice(0, 3).join(", ") })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {c && before && <Classes project={release.project} classes={c.classes} before={before} after={after ?? release} />}
    </Dialog>
  );
}

function Classes({ project, classes, before, after }: { project: string; classes: Comparison["classes"]; before: Release; after: Release }) {
  const t = releaseTexts.use();
  const schema = useProjectSchema(project).data?.schema;
  const named = (id: string) => {
    const cls = schema?.classes?.find((c) => c.id === id);
    return cls ? nameOf(cls, i18next.language) : id;
  };
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t("class")}</th>
          <th className="number">{t("before", { number: before.number })}</th>
          <th className="number">{t("before", { number: after.number })}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(classes).map(([id, n]) => (
          <tr key={id}>
            <td>{named(id)}</td>
            <td className="number">{count(n.before ?? 0)}</td>
            <td className="number">{count(n.after ?? 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
