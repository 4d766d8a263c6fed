import { Button, SegmentedControl } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import type { Mark } from "../../api/generated/marks";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Failure, Tag } from "../../ui/State";
import { ClassName } from "./ClassName";
import { MarkShape } from "./MarkShape";
import type { Names } from "./names";
import type { Finding } from "./reports";
import { reportTexts } from "./texts-reports";

interface Revision {
  id: string;
  slot: string;
  state: string;
  revision: number;
  marks: Mark[];
}
type Shown = "before" | "after" | "none";

/** One error in its whole picture with the marks of the answer, read only; arrows go through the gallery. */
export function FindingDialog({ findings, at, onMove, names, project }: {
  findings: readonly Finding[];
  at: number | null;
  onMove: (at: number | null) => void;
  names: Names;
  project: string;
}) {
  const t = reportTexts.use();
  const [shown, setShown] = useState<Shown>("before");
  const finding = at === null ? undefined : findings[at];
  if (at === null || !finding) return null;
  const move = (step: number) => {
    if (findings[at + step]) onMove(at + step);
  };
  return (
    <Dialog
      open onClose={() => onMove(null)} title={`${names.ofError(finding.error_class)} · ${finding.item_name}`} size={860}
      extra={
        <>
          <Button variant="default" disabled={at === 0} onClick={() => move(-1)} leftSection={<IconChevronLeft size={18} stroke={1.75} />}>{t("previous")}</Button>
          <Button variant="default" disabled={at === findings.length - 1} onClick={() => move(1)} rightSection={<IconChevronRight size={18} stroke={1.75} />}>{t("next")}</Button>
        </>
      }
    >
      <Stage finding={finding} shown={shown} names={names} />
      <div className="look-foot">
        <SegmentedControl size="xs" value={shown} onChange={(v) => setShown(v as Shown)} data={[{ value: "before", label: t("before2") }, { value: "after", label: t("after") }, { value: "none", label: t("onlyFinding") }]} />
        <Tag tone="warn">{names.ofError(finding.error_class)}</Tag>
        {finding.label && <span><ClassName label={finding.label} names={names} /></span>}
        {finding.rule && <span>{t("paragraph", { rule: finding.rule })}</span>}
        <span className="grow">{finding.text || (finding.fixed ? t("fixed") : "")}</span>
        <Link to="/team/people/$person" params={{ person: finding.person }} search={{ project }}>{finding.name}</Link>
        <span className="muted">{moment(finding.at)}</span>
      </div>
    </Dialog>
  );
}

function Stage({ finding, shown, names }: { finding: Finding; shown: Shown; names: Names }) {
  const t = reportTexts.use();
  const answers = useQuery({
    queryKey: ["work", "revisions", finding.task], staleTime: 60_000,
    queryFn: () => api.get<Revision[]>(`/work/tasks/${finding.task}/revisions`),
  });
  const { width, height, region, full } = finding;
  if (!full || !width) return <p className="muted">{t("noPicture")}</p>;
  const mine = answers.data?.find((a) => a.id === finding.submission);
  const later = answers.data?.filter((a) => a.slot === mine?.slot && a.state === "accepted").sort((a, b) => b.revision - a.revision)[0];
  const marks = shown === "none" ? [] : ((shown === "before" ? mine : (later ?? mine))?.marks ?? []);
  const stroke = Math.max(1.5, width / 500);
  return (
    <>
      {answers.error && <Failure error={answers.error} again={() => void answers.refetch()} />}
      <svg className="look-stage" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={finding.item_name}>
        <image href={full} width={width} height={height} />
        {marks.map((mark) => <MarkShape key={mark.id} mark={mark} colour={names.colour(mark.label ?? "") ?? "#4EE2FF"} stroke={stroke} title={names.ofClass(mark.label ?? "")} />)}
        {region && <Pin region={region} stroke={stroke} />}
      </svg>
    </>
  );
}

/** A ring around the place, wide of it, so that it does not hide what it shows. */
function Pin({ region: [x0, y0, x1, y1], stroke }: { region: [number, number, number, number]; stroke: number }) {
  const radius = Math.hypot(x1 - x0, y1 - y0) / 2 + 6 * stroke;
  const at = { cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, r: radius, fill: "none" };
  return (
    <g>
      <circle {...at} stroke="rgba(0,0,0,0.75)" strokeWidth={stroke * 4} />
      <circle {...at} stroke="#F46426" strokeWidth={stroke * 2} strokeDasharray={`${stroke * 5} ${stroke * 3}`} />
    </g>
  );
}
