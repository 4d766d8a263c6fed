import { NativeSelect, SegmentedControl } from "@mantine/core";
import { IconDownload, IconRosetteDiscountCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import "../../ui/management";
import { Empty, Failure, Waiting } from "../../ui/State";
import { overviewQuery, tablesAddress } from "./reports";
import { USUAL, WINDOWS, type Days, type QualitySearch, type View } from "./search";
import { QualityViews } from "./QualityViews";
import { reportTexts } from "./texts-reports";
import "../work/team.css";
import "./quality.css";

/** The quality of a project, for whoever leads it: what to look at today, the errors, the reviewers. */
export default function QualityPage() {
  const t = reportTexts.use();
  const navigate = useNavigate();
  const search: QualitySearch = useSearch({ from: "/inside/shell/team/quality" });
  const days = search.days ?? USUAL;
  const projects = useQuery(overviewQuery(days));
  const go = (patch: QualitySearch) => void navigate({ to: "/team/quality", search: { ...search, ...patch }, replace: true });
  if (projects.isPending) return <Waiting />;
  if (projects.error) return <div className="page"><Failure error={projects.error} again={() => void projects.refetch()} /></div>;
  const project = search.project ?? projects.data[0]?.project ?? "";
  if (!project) return <div className="page"><Empty icon={<IconRosetteDiscountCheck size={40} stroke={1.25} />}>{t("noProjects")}</Empty></div>;
  return (
    <div className="page">
      <div className="page-head">
        <NativeSelect
          aria-label={t("project")} value={project} className="title-select" data={projects.data.map((p) => ({ value: p.project, label: p.name }))}
          onChange={(e) => go({ project: e.currentTarget.value, label: undefined, person: undefined, rule: undefined, error_class: undefined })}
        />
        <Views view={search.view ?? "look"} onView={(view) => go({ view, project })} />
        <div className="end">
          <Window days={days} onDays={(to) => go({ days: to, project })} />
          <a className="file-button" href={tablesAddress(project, days)} download>
            <IconDownload size={18} stroke={1.75} /> {t("tables")}
          </a>
        </div>
      </div>
      <QualityViews project={project} view={search.view ?? "look"} days={days} filter={search} onFilter={(filter) => go({ project, label: undefined, person: undefined, rule: undefined, error_class: undefined, ...filter })} onLonger={() => go({ days: 0, project })} />
    </div>
  );
}

export function Views({ view, onView }: { view: View; onView: (view: View) => void }) {
  const t = reportTexts.use();
  return (
    <SegmentedControl
      size="xs" value={view} onChange={(v) => onView(v as View)} aria-label={t("title")}
      data={[{ value: "look", label: t("view.look") }, { value: "errors", label: t("view.errors") }, { value: "reviewers", label: t("view.reviewers") }, { value: "agree", label: t("view.agree") }, { value: "known", label: t("view.known") }, { value: "rules", label: t("view.rules") }]}
    />
  );
}

export function Window({ days, onDays }: { days: Days; onDays: (days: Days) => void }) {
  const t = reportTexts.use();
  return (
    <SegmentedControl
      size="xs" value={String(days)} aria-label={t("window")} onChange={(v) => onDays(WINDOWS.find((one) => String(one) === v) ?? USUAL)}
      data={WINDOWS.map((one) => ({ value: String(one), label: t(`days.${one}`) }))}
    />
  );
}
