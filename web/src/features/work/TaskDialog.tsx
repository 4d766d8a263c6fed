import { Button, NativeSelect } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { api } from "../../api/client";
import { inLanguage } from "../../api/errors";
import type { Mark } from "../../api/generated/marks";
import { i18next } from "../../app/i18n";
import type { Difference } from "../../workbench/image/compare";
import type { Mark as BenchMark } from "../../workbench/core/model";
import { Dialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";
import { Failure, Tag, Waiting, type Tone } from "../../ui/State";
import { duration } from "../../ui/ui-texts";
import { useProject } from "../projects/projects";
import { nameOf, type Schema } from "../projects/schema/model";
import { AnswerPicture, useBrush, type Pin } from "./AnswerPicture";
import { useProjectSchema } from "./PeopleView";
import { changedFields, firstLook, follows, likeness, type Check, type Revision, type TaskDetail } from "./task";
import { taskTexts } from "./texts-task";
import { teamTexts } from "./texts-team";

const TONES: Record<string, Tone> = { accepted: "ok", submitted: "info", returned: "warn", rejected: "warn", fixed: "ok", extra: "warn" };
const VERDICTS: Record<Check["verdict"], Tone> = { accept: "ok", fix: "info", reject: "warn" };
const NONE: ReadonlySet<string> = new Set();

interface Props {
  task: string;
  onClose: () => void;
  onMove: (step: -1 | 1) => void;
  /** Whether there is one before, one after. */
  ways: { before: boolean; after: boolean };
}

/** One task as its lead looks at it: every answer over the picture, what changed between two, checks, comments, refusals. */
export function TaskDialog({ task, onClose, onMove, ways }: Props) {
  const t = taskTexts.use();
  const detail = useQuery({ queryKey: ["work", "task", task], queryFn: () => api.get<TaskDetail>(`/work/tasks/${task}`) });
  const found = detail.data;
  return (
    <Dialog
      open onClose={onClose} title={found ? `${found.number}. ${found.item.name.split("/").pop() ?? ""}` : t("open")} size={1160}
      extra={
        <>
          <Button variant="default" disabled={!ways.before} onClick={() => onMove(-1)} leftSection={<IconChevronLeft size={18} stroke={1.75} />}>{t("previous")}</Button>
          <Button variant="default" disabled={!ways.after} onClick={() => onMove(1)} rightSection={<IconChevronRight size={18} stroke={1.75} />}>{t("next")}</Button>
        </>
      }
    >
      {detail.error && <Failure error={detail.error} again={() => void detail.refetch()} />}
      {detail.isPending && <Waiting />}
      {found && <Look key={found.id} detail={found} />}
    </Dialog>
  );
}

function Look({ detail }: { detail: TaskDetail }) {
  const t = taskTexts.use();
  const schema = useProjectSchema(detail.project).data?.schema;
  const [{ shown, against }, setLook] = useState(() => firstLook(detail.answers));
  const answer = detail.answers.find((one) => one.id === shown);
  const other = detail.answers.find((one) => one.id === against);
  const brush = useBrush();
  const diff = useMemo((): Difference | null => {
    if (!brush || !answer || !other) return null;
    if (follows(answer, other) || follows(other, answer)) return brush.difference(benchMarks(other), benchMarks(answer));
    return likeness(other.marks, answer.marks, (mark) => brush.boundsOf((mark as unknown as BenchMark).geometry)) as unknown as Difference;
  }, [brush, answer, other]);
  const pins = useMemo(() => pinsOf(detail, answer), [detail, answer]);
  const { media, urls } = detail.item;
  return (
    <div className="task-look">
      <div className="task-picture">
        {answer && detail.answers.length > 1 && (
          <div className="row wrap task-compare">
            <span className="small">{t("compare")}</span>
            <NativeSelect
              size="xs" aria-label={t("compare")} value={against ?? ""} onChange={(e) => setLook({ shown, against: e.currentTarget.value || null })}
              data={[{ value: "", label: t("compareNone") }, ...detail.answers.filter((one) => one.id !== answer.id).map((one) => ({ value: one.id, label: `${one.name || t("nobody")} · ${moment(one.at)}` }))]}
            />
            {diff && <Changes diff={diff} schema={schema} />}
          </div>
        )}
        {media?.kind === "image" ? (
          <AnswerPicture
            url={urls?.preview ?? null} width={media.width ?? 0} height={media.height ?? 0} marks={answer?.marks ?? []} chosen={NONE} schema={schema}
            label={t("pictureOf", { name: answer?.name || t("nobody") })} diff={diff} pins={pins}
          />
        ) : (
          <p className="muted">{t("noPicture")}</p>
        )}
      </div>
      <div className="task-side">
        <Part title={t("answers")}>
          {detail.answers.length === 0 && <p className="muted small">{t("noAnswers")}</p>}
          {detail.answers.map((one) => (
            <AnswerLine key={one.id} answer={one} chosen={one.id === shown} onChoose={() => setLook({ shown: one.id, against: against === one.id ? null : against })} />
          ))}
        </Part>
        {answer && answer.reviews.length > 0 && <Part title={t("checks")}>{answer.reviews.map((check) => <CheckLine key={check.id} check={check} project={detail.project} />)}</Part>}
        {detail.comments.length > 0 && (
          <Part title={t("comments")}>
            {detail.comments.map((c, i) => <p key={c.id} className="small"><span className="pin">{i + 1}</span> <b>{c.name}</b> {c.text} <span className="muted">{moment(c.at)}</span></p>)}
          </Part>
        )}
        {detail.holders.length > 0 && (
          <Part title={t("holds")}>
            {detail.holders.map((h, i) => <p key={i} className="small"><b>{h.name}</b> {t(`holds.${h.kind as "work"}`)} <span className="muted">{t("until", { time: moment(h.until) })}</span></p>)}
          </Part>
        )}
        {detail.skips.length > 0 && (
          <Part title={t("skips")}>
            {detail.skips.map((s, i) => <p key={i} className="small"><b>{s.name}</b> {reason(s.reason)} {s.text && `“${s.text}”`} <span className="muted">{moment(s.at)}</span></p>)}
          </Part>
        )}
      </div>
    </div>
  );

  /** The usual reasons in words; a project's own are words already. */
  function reason(code: string): string {
    const key = `skip.${code}`;
    return i18next.exists(key, { ns: "task" }) ? t(key as "skip.other") : code;
  }
}

/** The same marks as the bench types them. */
const benchMarks = (answer: Revision) => answer.marks as unknown as BenchMark[];

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="task-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function AnswerLine({ answer, chosen, onChoose }: { answer: Revision; chosen: boolean; onChoose: () => void }) {
  const t = taskTexts.use();
  const team = teamTexts.use();
  return (
    <button type="button" className="task-answer" aria-pressed={chosen} onClick={onChoose}>
      <span className="row wrap">
        <b>{answer.name || t("nobody")}</b>
        <Tag tone={TONES[answer.state]}>{team(`answer.${answer.state as "submitted"}`)}</Tag>
        {answer.late && <Tag tone="warn">{t("late")}</Tag>}
        <span className="muted small">{t(`mode.${answer.mode as "work"}`)}{answer.revision > 1 && ` · ${t("revision", { n: answer.revision })}`}</span>
      </span>
      <span className="muted small">
        {t("marksCount", { count: answer.marks.length })} · {duration(answer.active_ms / 1000)} · {moment(answer.at)} · {t("versions", { guideline: answer.guideline_version, schema: answer.schema_version })}
      </span>
    </button>
  );
}

function CheckLine({ check, project }: { check: Check; project: string }) {
  const t = taskTexts.use();
  const errors = useProject(project).data?.settings.error_classes ?? [];
  const named = (id: string) => {
    const found = errors.find((e) => e.id === id);
    return (found && inLanguage(found)) || id;
  };
  return (
    <div className="small">
      <Tag tone={VERDICTS[check.verdict]}>{t(`verdict.${check.verdict}`)}</Tag> <span className="muted">{moment(check.at)}</span>
      <ul>
        {check.findings.map((f, i) => (
          <li key={i}><b>{named(f.error_class)}</b>{f.rule && <span className="muted"> {t("rule", { rule: f.rule })}</span>}{f.text && ` ${f.text}`}</li>
        ))}
      </ul>
    </div>
  );
}

function Changes({ diff, schema }: { diff: Difference; schema: Schema | undefined }) {
  const t = taskTexts.use();
  const { added, removed, changed } = diff;
  if (!added.length && !removed.length && !changed.length) return <span className="muted small">{t("same")}</span>;
  const name = (label: string | null | undefined) => {
    const cls = schema?.classes?.find((c) => c.id === label);
    return cls ? nameOf(cls, i18next.language) : (label ?? "");
  };
  return (
    <div className="small task-changes">
      <span className="legend added">{t("added", { count: added.length })}</span> <span className="legend removed">{t("removed", { count: removed.length })}</span>{" "}
      <span className="legend before">{t("changed", { count: changed.length })}</span>
      {changed.length > 0 && (
        <span className="muted">
          {" "}
          {changed.slice(0, 6).map(({ before, after }) => t("changedMark", { name: name(after.label), fields: changedFields(before as unknown as Mark, after as unknown as Mark).map((f) => t(`field.${f}`)).join(", ") })).join(" · ")}
        </span>
      )}
    </div>
  );
}

/** Where the checks of the shown answer point (!), and where people left comments (their numbers). */
function pinsOf(detail: TaskDetail, answer: Revision | undefined): Pin[] {
  const found = (answer?.reviews ?? []).flatMap((check) => check.findings).flatMap((f): Pin[] => {
    if (f.place) return [{ x: f.place[0], y: f.place[1], text: "!", colour: "#A8321F" }];
    return f.mark ? [{ mark: f.mark, text: "!", colour: "#A8321F" }] : [];
  });
  const said = detail.comments.flatMap((c, i): Pin[] => (c.place ? [{ x: c.place[0], y: c.place[1], text: `${i + 1}`, colour: "#1F5C99" }] : []));
  return [...found, ...said];
}
