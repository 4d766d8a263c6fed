import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { i18next } from "../../app/i18n";
import { Dialog } from "../../ui/Dialog";
import { percent } from "../../ui/format";
import { Failure, Notice, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { goldQuery, POOLS, type GoldDetail, type Pool } from "./known";
import { MarkShape } from "./MarkShape";
import type { Names } from "./names";
import { knownTexts } from "./texts-known";

/** A known task: what is held to be right beside what somebody answered; keep it, take her answer, or take it out of use. */
export function KnownDialog({ gold, onClose, names }: { gold: string; onClose: () => void; names: Names }) {
  const t = knownTexts.use();
  const client = useQueryClient();
  const found = useQuery(goldQuery(gold));
  const [answer, setAnswer] = useState("");
  const act = useMutation({
    mutationFn: (what: "keep" | "retire" | "use" | "adopt") =>
      what === "keep" ? api.post(`/quality/gold/${gold}/keep`) : what === "retire" || what === "use" ? api.patch(`/quality/gold/${gold}`, { state: what === "use" ? "active" : "retired" }) : api.post(`/quality/gold/${gold}/correct`, { adopt: answer }),
    onSuccess: async (_, what) => {
      toast(t(`done.${what}`));
      setAnswer("");
      onClose();
      await client.invalidateQueries({ queryKey: ["quality"] });
    },
  });
  const move = useMutation({
    mutationFn: (pool: Pool) => api.patch(`/quality/gold/${gold}`, { pool }),
    onSuccess: async () => {
      toast(t("done.move"));
      await client.invalidateQueries({ queryKey: ["quality"] });
    },
  });
  if (!gold) return null;
  const row = found.data?.gold;
  return (
    <Dialog
      open onClose={onClose} title={row ? row.name : t("task")} size={860}
      extra={
        <>
          {(act.error ?? move.error) && <Notice tone="error">{sentenceOf(act.error ?? move.error)}</Notice>}
          {row && <NativeSelect aria-label={t("pool")} value={row.pool} disabled={move.isPending} onChange={(e) => move.mutate(e.currentTarget.value as Pool)} data={POOLS.map((p) => ({ value: p, label: t(`pool.${p}`) }))} />}
          {row?.state === "suspect" && <Button variant="default" loading={act.isPending} onClick={() => act.mutate("keep")}>{t("keep")}</Button>}
          {answer && <Button variant="default" loading={act.isPending} onClick={() => act.mutate("adopt")}>{t("adopt")}</Button>}
          {row && row.state !== "retired" && <Button variant="default" loading={act.isPending} onClick={() => act.mutate("retire")}>{t("retire")}</Button>}
          {row?.state === "retired" && <Button variant="default" loading={act.isPending} onClick={() => act.mutate("use")}>{t("use")}</Button>}
        </>
      }
    >
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Waiting />}
      {found.data && <Body detail={found.data} answer={answer} onAnswer={setAnswer} names={names} />}
    </Dialog>
  );
}

function Body({ detail, answer, onAnswer, names }: { detail: GoldDetail; answer: string; onAnswer: (id: string) => void; names: Names }) {
  const t = knownTexts.use();
  const chosen = detail.answers.find((a) => a.id === answer);
  const width = detail.media?.width ?? 0;
  const height = detail.media?.height ?? 0;
  const stroke = Math.max(1.5, width / 500);
  const chinese = i18next.language.startsWith("zh");
  return (
    <>
      {width > 0 && detail.urls?.full ? (
        <svg className="look-stage" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={detail.gold.name}>
          <image href={detail.urls.full} width={width} height={height} />
          {(chosen?.marks ?? detail.marks).map((mark) => <MarkShape key={mark.id} mark={mark} colour={names.colour(mark.label ?? "") ?? "#4EE2FF"} stroke={stroke} title={names.ofClass(mark.label ?? "")} />)}
        </svg>
      ) : <p className="muted">{t("noPicture")}</p>}
      <div className="look-foot">
        <NativeSelect
          aria-label={t("shownAnswer")} value={answer} onChange={(e) => onAnswer(e.currentTarget.value)}
          data={[{ value: "", label: t("rightAnswer") }, ...detail.answers.map((a) => ({ value: a.id, label: t("answerOf", { name: a.name, score: percent(a.score) }) }))]}
        />
        <span className="muted small">{chosen ? chosen.differences.slice(0, 3).map((d) => (chinese ? d.zh : d.en) ?? d.code ?? "").join(" ") || t("same") : t("compare")}</span>
      </div>
    </>
  );
}
