import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { IconPhotoPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type ClipboardEvent, type DragEvent } from "react";
import { api, request } from "../../../api/client";
import { moment } from "../../../ui/format";
import { Markdown } from "../../../ui/Markdown";
import { Failure, Notice, Waiting, sentenceOf } from "../../../ui/State";
import { toast } from "../../../ui/toasts";
import { ifMatch, useProjectAction, type GuidelineAnswer, type Project } from "../projects";
import { SaveBar } from "../SaveBar";
import { projectTexts } from "../texts-projects";
import { lineDiff } from "./diff";

interface Draft {
  base: number;
  markdown: string;
  changed: string;
}

const guidelinePath = (project: Project) => `/projects/${project.id}/guideline`;

/** The guideline in Markdown with its preview, its versions and what changed between them. */
export function GuidelineTab({ project, edits }: { project: Project; edits: boolean }) {
  const t = projectTexts.use();
  const path = guidelinePath(project);
  const saved = useQuery({ queryKey: ["projects", "guideline", project.id], queryFn: () => api.get<GuidelineAnswer>(path) });
  const [draft, setDraft] = useState<Draft | null>(null);
  const [right, setRight] = useState<"preview" | "diff">("preview");
  const [against, setAgainst] = useState<number | null>(null);
  const save = useProjectAction(
    (version: number | null) =>
      api.put<{ version: number }>(path, { markdown: draft?.markdown, changed: draft?.changed.trim() }, version === null ? undefined : ifMatch(version)),
    () => {
      setDraft(null);
      toast(t("saved"));
    },
  );
  if (saved.isPending) return <Waiting />;
  if (saved.error) return <Failure error={saved.error} again={() => void saved.refetch()} />;
  const { guideline, versions } = saved.data;
  const now = draft ?? { base: guideline.version, markdown: guideline.markdown, changed: "" };
  const older = versions.filter((v) => draft !== null || v.version < guideline.version);
  const compared = against ?? older[0]?.version ?? null;

  return (
    <div className="project-body">
      <div className={edits ? "guide" : "guide reading"}>
        {edits && <Editor project={project} value={now.markdown} onChange={(markdown) => setDraft({ ...now, markdown })} />}
        <section className="card">
          <div className="card-head">
            <SegmentedControl
              size="xs" value={right} onChange={(v) => setRight(v as "preview" | "diff")} aria-label={t("preview")}
              data={[{ value: "preview", label: edits ? t("preview") : t("guideline") }, { value: "diff", label: t("diff") }]}
            />
            {right === "diff" && compared !== null && (
              <NativeSelect
                size="xs" aria-label={t("history")} value={String(compared)} onChange={(e) => setAgainst(Number(e.currentTarget.value))}
                data={older.map((v) => ({ value: String(v.version), label: `${t("versionNow", { version: v.version })} · ${moment(v.made_at)}${v.changed ? ` · ${v.changed}` : ""}` }))}
              />
            )}
          </div>
          <div className="scroll">
            {right === "preview" && (now.markdown.trim() ? <Markdown text={now.markdown} /> : <p className="muted">{t("guideEmpty")}</p>)}
            {right === "diff" && <Difference project={project} version={compared} markdown={now.markdown} />}
          </div>
        </section>
      </div>
      {edits && (
        <SaveBar
          dirty={draft !== null} busy={save.isPending} error={save.error} onSave={() => save.mutate(now.base)} onOverwrite={() => save.mutate(null)}
          onDiscard={() => {
            setDraft(null);
            save.reset();
            void saved.refetch();
          }}
        >
          <TextInput className="grow" aria-label={t("changedLabel")} placeholder={`${t("changedLabel")}: ${t("changedHint")}`} value={now.changed} maxLength={2000} onChange={(e) => setDraft({ ...now, changed: e.currentTarget.value })} />
          <span className="muted small">{t("versionNow", { version: guideline.version })}</span>
        </SaveBar>
      )}
    </div>
  );
}

function Difference({ project, version, markdown }: { project: Project; version: number | null; markdown: string }) {
  const t = projectTexts.use();
  const old = useQuery({
    queryKey: ["projects", "guideline", project.id, version], enabled: version !== null, staleTime: Infinity,
    queryFn: () => api.get<GuidelineAnswer>(guidelinePath(project), { version }),
  });
  if (version === null) return <p className="muted">{t("noChange")}</p>;
  if (old.isPending) return <Waiting />;
  if (old.error) return <Failure error={old.error} />;
  const lines = lineDiff(old.data.guideline.markdown, markdown);
  if (lines.every((line) => line.kind === "same")) return <p className="muted">{t("noChange")}</p>;
  return (
    <div className="diff">
      {lines.map((line, i) => (
        <div key={i} className={line.kind === "same" ? undefined : line.kind}>
          {line.kind === "added" ? "+ " : line.kind === "removed" ? "− " : "  "}
          {line.text}
        </div>
      ))}
    </div>
  );
}

function Editor({ project, value, onChange }: { project: Project; value: string; onChange: (markdown: string) => void }) {
  const t = projectTexts.use();
  const text = useRef<HTMLTextAreaElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  /** Upload pictures and write them where the cursor is. */
  async function insert(files: readonly File[]) {
    const pictures = files.filter((f) => f.type.startsWith("image/"));
    if (!pictures.length) return;
    setBusy(true);
    setError(null);
    try {
      let written = "";
      for (const file of pictures) {
        const name = file.name.replace(/\.\w+$/, "") || t("uploadedPicture");
        const response = await request("POST", `/projects/${project.id}/assets`, file, { query: { name: file.name } });
        const { url } = (await response.json()) as { url: string };
        written += `![${name.replace(/[[\]]/g, "")}](${url})\n`;
      }
      const at = text.current?.selectionStart ?? value.length;
      onChange(`${value.slice(0, at)}\n${written}${value.slice(at)}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="card">
      <div className="card-head">
        <b className="small">{t("write")}</b>
        <span className="muted small">{t("dropPicture")}</span>
        <label className="file-button end" style={{ height: 28, fontSize: 13, padding: "0 10px", gap: 6 }}>
          <IconPhotoPlus size={16} stroke={1.75} />
          {t("insertPicture")}
          <input
            type="file" accept="image/png,image/jpeg,image/webp" multiple className="visually-hidden" disabled={busy}
            onChange={(e) => void insert([...(e.currentTarget.files ?? [])])}
          />
        </label>
      </div>
      {error != null && <Notice tone="error">{sentenceOf(error)}</Notice>}
      <textarea
        ref={text} className="guide-text" aria-label={t("guideline")} placeholder={t("guideText")} value={value} spellCheck={false}
        onChange={(e) => onChange(e.currentTarget.value)}
        onPaste={(e: ClipboardEvent) => {
          if (e.clipboardData.files.length) {
            e.preventDefault();
            void insert([...e.clipboardData.files]);
          }
        }}
        onDrop={(e: DragEvent) => {
          if (e.dataTransfer.files.length) {
            e.preventDefault();
            void insert([...e.dataTransfer.files]);
          }
        }}
      />
    </section>
  );
}
