import { Button, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { usePages } from "../../api/pages";
import { moment } from "../../ui/format";
import { Empty, Failure, Tag, Waiting } from "../../ui/State";
import { uiTexts } from "../../ui/ui-texts";
import { ClassName } from "./ClassName";
import { Crop } from "./Crop";
import { FindingDialog } from "./FindingDialog";
import type { Names } from "./names";
import { errorsPath, type Finding, type PersonRate } from "./reports";
import type { Days, GalleryFilter } from "./search";
import { reportTexts } from "./texts-reports";

/** The errors themselves, cut out of their pictures; a click opens the whole picture, read only. */
export function Gallery({ project, days, names, people, filter, onFilter }: {
  project: string;
  days: Days;
  names: Names;
  people: readonly PersonRate[];
  filter: GalleryFilter;
  onFilter: (filter: GalleryFilter) => void;
}) {
  const t = reportTexts.use();
  const ui = uiTexts.use();
  const pages = usePages<Finding>(["quality", "errors", project, days], errorsPath(project), { ...filter, days });
  const set = (patch: GalleryFilter) => onFilter({ ...filter, ...patch });
  const filtered = Object.values(filter).some(Boolean);
  return (
    <>
      <div className="toolbar">
        <NativeSelect aria-label={t("error")} value={filter.error_class ?? ""} onChange={(e) => set({ error_class: e.currentTarget.value || undefined })} data={[{ value: "", label: t("anyError") }, ...names.errors.map((e) => ({ value: e.id, label: e.name }))]} />
        <NativeSelect aria-label={t("class")} value={filter.label ?? ""} onChange={(e) => set({ label: e.currentTarget.value || undefined })} data={[{ value: "", label: t("anyLabel") }, ...names.classes.map((c) => ({ value: c.id, label: c.name }))]} />
        <NativeSelect aria-label={t("person")} value={filter.person ?? ""} onChange={(e) => set({ person: e.currentTarget.value || undefined })} data={[{ value: "", label: t("anyPerson") }, ...people.map((p) => ({ value: p.person, label: p.name }))]} />
        {filter.rule && <Tag tone="info">{t("ruleChip", { rule: filter.rule })}</Tag>}
        {filtered && <Button variant="subtle" onClick={() => onFilter({})}>{t("clear")}</Button>}
      </div>
      {pages.error && <Failure error={pages.error} again={() => void pages.refetch()} />}
      {pages.isPending ? <Waiting /> : pages.rows.length === 0 && !pages.error ? <Empty>{t("noFindings")}</Empty> : <Findings findings={pages.rows} names={names} project={project} />}
      {pages.hasNextPage && (
        <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
    </>
  );
}

/** Cards of errors, and the dialog that one of them opens. */
export function Findings({ findings, names, project }: { findings: readonly Finding[]; names: Names; project: string }) {
  const t = reportTexts.use();
  const [open, setOpen] = useState<number | null>(null);
  return (
    <>
      <div className="gallery">
        {findings.map((finding, i) => (
          <button key={finding.id} type="button" className="card finding" onClick={() => setOpen(i)}>
            <Crop finding={finding} />
            <span className="finding-words">
              <span className="row">
                <Tag tone={finding.severity === "minor" ? "info" : "warn"}>{names.ofError(finding.error_class)}</Tag>
                {finding.label && <span className="one-line"><ClassName label={finding.label} names={names} /></span>}
                {finding.rule && <span className="muted small">{finding.rule}</span>}
              </span>
              <span className="one-line" title={finding.text}>{finding.text || (finding.fixed ? t("fixed") : " ")}</span>
              <span className="muted small">{t("byOn", { name: finding.name, date: moment(finding.at) })}</span>
            </span>
          </button>
        ))}
      </div>
      <FindingDialog findings={findings} at={open} onMove={setOpen} names={names} project={project} />
    </>
  );
}
