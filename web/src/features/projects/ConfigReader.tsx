import { Button, NativeSelect, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { inLanguage } from "../../api/errors";
import type { Schema } from "../../api/generated/marks";
import { Notice, sentenceOf } from "../../ui/State";
import { CONFIG_KINDS, configKindOf, type ConfigKind } from "./config-kind";
import { projectTexts } from "./texts-projects";

/** Read the labelling configuration of another tool, or the classes of an annotation file. */
export function ConfigReader({ onRead }: { onRead: (schema: Schema) => void }) {
  const t = projectTexts.use();
  const [kind, setKind] = useState<ConfigKind>(CONFIG_KINDS[0]);
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const read = useMutation({
    mutationFn: () => api.post<{ schema: Schema; problems: { zh: string; en: string }[] }>("/projects/schema-import", { kind, text, name }),
    onSuccess: (answer) => onRead(answer.schema),
  });
  async function take(file: File) {
    const found = await file.text();
    setName(file.name);
    setText(found);
    setKind(configKindOf(file.name, found));
  }
  return (
    <div className="stack">
      <div className="row" style={{ alignItems: "flex-end" }}>
        <label className="file-button">
          {name || t("pickFile")}
          <input
            type="file" accept=".xml,.json,.jsonl,.txt,.csv,.names" className="visually-hidden"
            onChange={(e) => {
              const file = e.currentTarget.files?.[0];
              if (file) void take(file);
            }}
          />
        </label>
        <NativeSelect label={t("configKind")} value={kind} onChange={(e) => setKind(CONFIG_KINDS.find((k) => k === e.currentTarget.value) ?? CONFIG_KINDS[0])} data={CONFIG_KINDS.map((k) => ({ value: k, label: t(`config.${k}`) }))} />
      </div>
      <Textarea label={t("paste")} rows={6} value={text} onChange={(e) => setText(e.currentTarget.value)} spellCheck={false} classNames={{ input: "mono" }} />
      {read.error && <Notice tone="error">{sentenceOf(read.error)}</Notice>}
      {read.data && <Notice tone="ok">{t("configRead", { count: read.data.schema.classes?.length ?? 0 })}</Notice>}
      {read.data?.problems.map((p, i) => <Notice key={i} tone="warn">{inLanguage(p)}</Notice>)}
      <div>
        <Button variant="default" disabled={!text.trim()} loading={read.isPending} onClick={() => read.mutate()}>{t("readConfig")}</Button>
      </div>
    </div>
  );
}
