import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFolders } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { hasRole, useMe } from "../../api/me";
import { DataTable, type Column } from "../../ui/DataTable";
import { moment } from "../../ui/format";
import "../../ui/management";
import { LinkButton } from "../../ui/LinkButton";
import { Empty, Failure, Tag, Waiting, type Tone } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import type { Medium } from "../data/data";
import { useTenants } from "../people/people";
import { useProjects, type Project, type ProjectState } from "./projects";
import { projectTexts } from "./texts-projects";

const STATES: readonly ProjectState[] = ["draft", "running", "paused", "done"];
export const STATE_TONES: Record<ProjectState, Tone | undefined> = { draft: undefined, running: "ok", paused: "warn", done: "info" };

/** Projects of one's tenants. */
export default function ProjectsPage() {
  const t = projectTexts.use();
  const ui = uiTexts.use();
  const me = useMe();
  const navigate = useNavigate();
  const [state, setState] = useState("");
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed, 250);
  const projects = useProjects({ state, text });
  const tenants = useTenants();
  const may = hasRole(me, "manager", "client", "admin");
  const name = (id: string) => tenants.data?.find((one) => one.id === id)?.name ?? "";
  const open = (p: Project) => void navigate({ to: "/projects/$project", params: { project: p.id } });

  const columns: Column<Project>[] = [
    { key: "name", head: t("name"), cell: (p) => <Link to="/projects/$project" params={{ project: p.id }}><b>{p.name}</b></Link> },
    { key: "state", head: t("state"), cell: (p) => <Tag tone={STATE_TONES[p.state]}>{t(`state.${p.state}`)}</Tag> },
    { key: "client", head: t("client"), cell: (p) => name(p.client) },
    { key: "bases", head: t("bases"), cell: (p) => p.bases.map(name).filter(Boolean).join(", ") },
    { key: "medium", head: t("medium"), cell: (p) => t(`medium.${p.medium as Medium}`) },
    { key: "changed", head: t("changed"), cell: (p) => moment(p.changed_at) },
  ];
  const create = may && (
    <LinkButton to="/projects/new">
      {t("create")}
    </LinkButton>
  );
  return (
    <div className="page fill">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <TextInput placeholder={t("search")} aria-label={ui("search")} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} w={220} />
        <NativeSelect aria-label={t("state")} value={state} onChange={(e) => setState(e.currentTarget.value)} data={[{ value: "", label: t("allStates") }, ...STATES.map((s) => ({ value: s, label: t(`state.${s}`) }))]} />
        <div className="end">{create}</div>
      </div>
      {projects.error && <Failure error={projects.error} again={() => void projects.refetch()} />}
      <section className="card fill-card">
        {projects.isPending ? (
          <Waiting />
        ) : projects.rows.length ? (
          <DataTable columns={columns} rows={projects.rows} keyOf={(p) => p.id} onOpen={open} label={t("title")} />
        ) : (
          <Empty icon={<IconFolders size={40} stroke={1.25} />} action={!text && !state && create}>
            {text || state ? t("nothing") : t("empty")}
          </Empty>
        )}
      </section>
      {projects.hasNextPage && (
        <Button variant="default" loading={projects.isFetchingNextPage} onClick={() => void projects.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
    </div>
  );
}
