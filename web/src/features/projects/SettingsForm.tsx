import { ActionIcon, Button, Checkbox, NumberInput, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError } from "../../api/errors";
import { uiTexts } from "../../ui/ui-texts";
import type { ProjectSettings } from "./projects";
import { joins, withUsualShare } from "./share";
import { projectTexts } from "./texts-projects";

export const DEFAULT_SETTINGS: Pick<ProjectSettings, "overlap" | "consensus" | "confidence" | "overlap_min" | "review_share" | "prelabel_share" | "lease_minutes" | "rework_hours" | "min_size_px" | "price_fen" | "skills"> = {
  overlap: 1, consensus: true, confidence: null, overlap_min: 2, review_share: 1, prelabel_share: 0.95, lease_minutes: 30, rework_hours: 24, min_size_px: 3, price_fen: null, skills: [],
};

interface Props {
  value: Partial<ProjectSettings>;
  onChange: (settings: Partial<ProjectSettings>) => void;
  error?: unknown;
  /** The short form of the wizard leaves out what one rarely changes. */
  short?: boolean;
}

const PERCENT = 100;
/** How a project is worked: people per item, reviews, suggestions, holds, price, skills. */
export function SettingsForm({ value, onChange, error, short }: Props) {
  const t = projectTexts.use();
  const says = (field: string) => (error instanceof ApiError ? error.forField(field) : null);
  const set = (patch: Partial<ProjectSettings>) => onChange({ ...value, ...patch });
  const number = (v: string | number, fallback: number) => (v === "" ? fallback : Number(v));
  return (
    <div className="settings-grid">
      <NumberInput label={t("setOverlap")} description={t("setOverlapHint")} min={1} max={20} value={value.overlap} error={says("overlap")} onChange={(v) => onChange(withUsualShare(value, { overlap: number(v, 1) }))} />
      {(value.overlap ?? 1) > 1 && <Several value={value} onChange={(patch) => onChange(withUsualShare(value, patch))} says={says} />}
      <NumberInput label={t("setReview")} description={joins(value) ? t("setReviewBeside") : t("setReviewHint")} min={0} max={100} suffix=" %" value={Math.round((value.review_share ?? 1) * PERCENT)} error={says("review_share")} onChange={(v) => set({ review_share: number(v, 0) / PERCENT })} />
      <NumberInput label={t("setPrelabel")} description={t("setPrelabelHint")} min={0} max={100} suffix=" %" value={Math.round((value.prelabel_share ?? 1) * PERCENT)} error={says("prelabel_share")} onChange={(v) => set({ prelabel_share: number(v, 0) / PERCENT })} />
      <NumberInput
        label={t("setPrice")} min={0} decimalScale={2} prefix="¥ " placeholder={t("noPrice")} value={value.price_fen == null ? "" : value.price_fen / PERCENT} error={says("price_fen")}
        onChange={(v) => set({ price_fen: v === "" ? null : Math.round(Number(v) * PERCENT) })}
      />
      <NumberInput label={t("setLease")} min={1} max={1440} suffix={` ${t("minutes")}`} value={value.lease_minutes} error={says("lease_minutes")} onChange={(v) => set({ lease_minutes: number(v, 30) })} />
      <NumberInput label={t("setRework")} min={1} max={720} suffix={` ${t("hours")}`} value={value.rework_hours} error={says("rework_hours")} onChange={(v) => set({ rework_hours: number(v, 24) })} />
      {!short && <NumberInput label={t("setSize")} min={0} max={1000} suffix={` ${t("px")}`} value={value.min_size_px} error={says("min_size_px")} onChange={(v) => set({ min_size_px: number(v, 3) })} />}
      {!short && <NumberInput label={t("setGold")} description={t("setGoldHint")} min={0} max={50} decimalScale={1} suffix=" %" value={Math.round((value.gold_rate ?? 0) * 1000) / 10} error={says("gold_rate")} onChange={(v) => set({ gold_rate: number(v, 0) / PERCENT })} />}
      {!short && <NumberInput label={t("setExposure")} description={t("setExposureHint")} min={1} max={10_000} value={value.gold_exposure} error={says("gold_exposure")} onChange={(v) => set({ gold_exposure: number(v, 50) })} />}
      {!short && (
        <div className="wide">
          <Switch label={t("setSensitive")} description={t("setSensitiveHint")} checked={value.sensitive ?? false} onChange={(event) => set({ sensitive: event.currentTarget.checked })} />
        </div>
      )}
      <div className="wide">
        <Skills value={value.skills ?? []} onChange={(skills) => set({ skills })} />
      </div>
      {!short && (
        <div className="wide">
          <Errors value={value.error_classes ?? []} onChange={(error_classes) => set({ error_classes })} />
        </div>
      )}
      {!short && (
        <div className="wide">
          <Reasons value={value.skip_reasons ?? []} error={says("skip_reasons")} onChange={(skip_reasons) => set({ skip_reasons })} />
        </div>
      )}
    </div>
  );
}

/** What becomes of several answers to one item. */
function Several({ value, onChange, says }: { value: Partial<ProjectSettings>; onChange: (patch: Partial<ProjectSettings>) => void; says: (field: string) => string | null }) {
  const t = projectTexts.use();
  const one = value.consensus ?? true;
  const stops = one && value.confidence != null;
  return (
    <>
      <Switch className="wide" label={t("setConsensus")} description={t("setConsensusHint")} checked={one} onChange={(e) => onChange(e.currentTarget.checked ? { consensus: true } : { consensus: false, confidence: null })} />
      {one && (
        <NumberInput
          label={t("setConfidence")} description={t("setConfidenceHint")} placeholder={t("setConfidenceNone")} min={50} max={99.9} decimalScale={1} suffix=" %"
          value={value.confidence == null ? "" : Math.round(value.confidence * 1000) / 10} error={says("confidence")}
          onChange={(v) => onChange({ confidence: v === "" ? null : Number(v) / PERCENT })}
        />
      )}
      {stops && <NumberInput label={t("setOverlapMin")} min={1} max={value.overlap ?? 1} value={value.overlap_min ?? 2} error={says("overlap_min")} onChange={(v) => onChange({ overlap_min: v === "" ? 2 : Number(v) })} />}
    </>
  );
}

function Rows({ title, hint, add, onAdd, children }: { title: string; hint?: string; add: string; onAdd: () => void; children: ReactNode }) {
  return (
    <div className="stack" style={{ gap: 6 }}>
      <b className="small">{title}</b>
      {hint && <span className="muted small">{hint}</span>}
      {children}
      <div>
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} />} onClick={onAdd}>
          {add}
        </Button>
      </div>
    </div>
  );
}

function Drop({ onClick }: { onClick: () => void }) {
  const ui = uiTexts.use();
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={ui("delete")} onClick={onClick}>
      <IconTrash size={16} stroke={1.75} />
    </ActionIcon>
  );
}

function Skills({ value, onChange }: { value: ProjectSettings["skills"]; onChange: (v: ProjectSettings["skills"]) => void }) {
  const t = projectTexts.use();
  const put = (at: number, patch: Partial<ProjectSettings["skills"][number]>) => onChange(value.map((s, i) => (i === at ? { ...s, ...patch } : s)));
  return (
    <Rows title={t("setSkills")} hint={t("setSkillsHint")} add={t("addSkill")} onAdd={() => onChange([...value, { skill: "", level: 1 }])}>
      {value.map((s, i) => (
        <div key={i} className="row">
          <TextInput size="xs" aria-label={t("skill")} placeholder={t("skill")} value={s.skill} onChange={(e) => put(i, { skill: e.currentTarget.value })} />
          <NumberInput size="xs" w={90} aria-label={t("level")} min={1} max={5} value={s.level} onChange={(v) => put(i, { level: Number(v) || 1 })} />
          <Drop onClick={() => onChange(value.filter((_, at) => at !== i))} />
        </div>
      ))}
    </Rows>
  );
}

function Errors({ value, onChange }: { value: ProjectSettings["error_classes"]; onChange: (v: ProjectSettings["error_classes"]) => void }) {
  const t = projectTexts.use();
  const put = (at: number, patch: Partial<ProjectSettings["error_classes"][number]>) => onChange(value.map((s, i) => (i === at ? { ...s, ...patch } : s)));
  return (
    <Rows title={t("setErrors")} add={t("addError")} onAdd={() => onChange([...value, { id: `error${value.length + 1}`, zh: "", en: "" }])}>
      {value.map((e, i) => (
        <div key={i} className="row">
          <TextInput size="xs" w={140} aria-label={t("errorId")} value={e.id} onChange={(event) => put(i, { id: event.currentTarget.value })} />
          <TextInput size="xs" className="grow" aria-label={t("errorZh")} placeholder={t("errorZh")} value={e.zh} onChange={(event) => put(i, { zh: event.currentTarget.value })} />
          <TextInput size="xs" className="grow" aria-label={t("errorEn")} placeholder={t("errorEn")} value={e.en} onChange={(event) => put(i, { en: event.currentTarget.value })} />
          <Drop onClick={() => onChange(value.filter((_, at) => at !== i))} />
        </div>
      ))}
    </Rows>
  );
}

const USUAL_REASONS = ["broken", "unclear", "not_in_scope", "sensitive", "other"] as const;

/** Why a task may be skipped: the usual reasons, and the project's own words. */
function Reasons({ value, error, onChange }: { value: string[]; error: string | null; onChange: (v: string[]) => void }) {
  const t = projectTexts.use();
  const usual: readonly string[] = USUAL_REASONS;
  const own = value.filter((reason) => !usual.includes(reason));
  const chosen = value.filter((reason) => usual.includes(reason));
  const put = (codes: string[], words: string[]) => onChange([...USUAL_REASONS.filter((one) => codes.includes(one)), ...words]);
  return (
    <Rows title={t("setReasons")} hint={t("setReasonsHint")} add={t("addReason")} onAdd={() => onChange([...value, ""])}>
      <Checkbox.Group value={chosen} aria-label={t("setReasons")} onChange={(codes) => put(codes, own)}>
        <div className="row wrap" style={{ gap: 16 }}>
          {USUAL_REASONS.map((one) => <Checkbox key={one} size="xs" value={one} label={t(`reason.${one}`)} />)}
        </div>
      </Checkbox.Group>
      {own.map((reason, i) => (
        <div key={i} className="row">
          <TextInput size="xs" className="grow" maxLength={40} aria-label={t("ownReason")} placeholder={t("ownReason")} value={reason} onChange={(event) => put(chosen, own.map((one, at) => (at === i ? event.currentTarget.value : one)))} />
          <Drop onClick={() => put(chosen, own.filter((_, at) => at !== i))} />
        </div>
      ))}
      {error && <span className="small" style={{ color: "var(--error)" }}>{error}</span>}
    </Rows>
  );
}
