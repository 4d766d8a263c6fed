import { Tabs } from "@mantine/core";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { hasRole, useMe } from "../../api/me";
import "../../ui/management";
import { Failure, Tag, Waiting } from "../../ui/State";
import { QualityTab } from "../quality/QualityTab";
import { ReleasesTab } from "../releases/ReleasesTab";
import { AnnotationsTab } from "./AnnotationsTab";
import { GuidelineTab } from "./guideline/GuidelineTab";
import { OverviewTab } from "./OverviewTab";
import { useProject } from "./projects";
import { STATE_TONES } from "./ProjectsPage";
import { SchemaTab } from "./SchemaTab";
import { SettingsTab } from "./SettingsTab";
import { PROJECT_TABS } from "./tabs";
import { projectTexts } from "./texts-projects";
import "./projects.css";

/** One project: state and data, schema, guideline, settings. */
export default function ProjectPage() {
  const t = projectTexts.use();
  const me = useMe();
  const navigate = useNavigate();
  const { project: id } = useParams({ from: "/inside/shell/projects/$project" });
  const { tab = "overview" } = useSearch({ from: "/inside/shell/projects/$project" });
  const project = useProject(id);
  if (project.isPending) return <Waiting />;
  if (project.error) {
    return (
      <div className="page">
        <Failure error={project.error} again={() => void project.refetch()} />
      </div>
    );
  }
  const p = project.data;
  const edits = hasRole(me, "manager", "client", "admin");
  const imports = edits || hasRole(me, "lead", "trainer");
  const guides = edits || hasRole(me, "lead", "trainer");
  // Who only works here reads what is asked of her; figures, releases and settings are for those who lead or own it.
  const hidden = new Set<string>(imports ? [] : ["annotations", "quality", "releases", "settings"]);
  return (
    <div className="page fill">
      <div className="page-head">
        <h1>{p.name}</h1>
        <Tag tone={STATE_TONES[p.state]}>{t(`state.${p.state}`)}</Tag>
      </div>
      <Tabs
        value={tab} keepMounted={false} className="tabs-fill"
        onChange={(value) => void navigate({ to: "/projects/$project", params: { project: id }, search: { tab: PROJECT_TABS.find((one) => one === value) }, replace: true })}
      >
        <Tabs.List>
          {PROJECT_TABS.filter((one) => !hidden.has(one)).map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(one)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview"><OverviewTab project={p} edits={edits} /></Tabs.Panel>
        <Tabs.Panel value="schema"><SchemaTab project={p} edits={edits} /></Tabs.Panel>
        <Tabs.Panel value="guideline"><GuidelineTab project={p} edits={guides} /></Tabs.Panel>
        <Tabs.Panel value="annotations"><AnnotationsTab project={p} /></Tabs.Panel>
        <Tabs.Panel value="quality"><QualityTab project={p.id} /></Tabs.Panel>
        <Tabs.Panel value="releases"><ReleasesTab project={p} /></Tabs.Panel>
        <Tabs.Panel value="settings"><SettingsTab project={p} edits={edits} /></Tabs.Panel>
      </Tabs>
    </div>
  );
}
