import { Button } from "@mantine/core";
import { IconRepeat } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure } from "../../ui/State";
import { GuidelineChangeDialog } from "./GuidelineChangeDialog";
import { repeatedQuery, type AskedQuestion } from "./repeated";
import { repeatedTexts } from "./texts-repeated";

/** Questions that are worded alike, each group with the way into the guideline. */
export function RepeatedQuestions({ project }: { project: string }) {
  const t = repeatedTexts.use();
  const found = useQuery(repeatedQuery(project));
  const [writing, setWriting] = useState<AskedQuestion[] | null>(null);
  const rows = found.data?.repeated ?? [];
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (rows.length === 0) return null;
  return (
    <section className="card" aria-label={t("title")}>
      <div className="card-head"><h2>{t("title")}</h2></div>
      <p className="muted small card-pad">{t("text")}</p>
      {rows.slice(0, 5).map(({ questions, people }) => (
        <div key={questions[0]?.id} className="list-line row" style={{ gap: 16 }}>
          <IconRepeat size={20} stroke={1.75} aria-hidden />
          <div className="grow">
            <b>{questions[0]?.text}</b>
            <div className="muted small">{t("people", { count: people })} · {t("times", { count: questions.length })}</div>
          </div>
          <Button variant="default" size="compact-sm" onClick={() => setWriting(questions)}>{t("write")}</Button>
        </div>
      ))}
      {writing && <GuidelineChangeDialog project={project} questions={writing} onClose={() => setWriting(null)} />}
    </section>
  );
}
