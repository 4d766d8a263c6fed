import { Button, NativeSelect, SegmentedControl, Textarea } from "@mantine/core";
import { IconMessage2 } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client";
import { hasRole, useMe } from "../../api/me";
import { usePages } from "../../api/pages";
import { moment } from "../../ui/format";
import "../../ui/management";
import { Empty, Failure, Notice, Waiting, sentenceOf } from "../../ui/State";
import { toast } from "../../ui/toasts";
import { uiTexts } from "../../ui/ui-texts";
import { useProjects } from "../projects/projects";
import { GuidelineChangeDialog } from "../quality/GuidelineChangeDialog";
import { RepeatedQuestions } from "../quality/RepeatedQuestions";
import { teamTexts } from "./texts-team";
import "./team.css";

interface Question {
  id: string;
  task: string | null;
  person: string;
  name: string;
  text: string;
  at: string;
  answer: string | null;
  answered_by: string | null;
  answered_at: string | null;
}

/** Questions of the people to their lead; an answer is there for everybody. Who does not lead reads. */
export default function QuestionsPage() {
  const t = teamTexts.use();
  const ui = uiTexts.use();
  const navigate = useNavigate();
  const search = useSearch({ from: "/inside/shell/team/questions" });
  const answers = hasRole(useMe(), "lead", "manager", "trainer", "client");
  const [show, setShow] = useState<"open" | "all">(answers ? "open" : "all");
  const projects = useProjects();
  const project = search.project ?? projects.rows[0]?.id ?? "";
  const questions = usePages<Question>(["work", "questions", project], `/work/projects/${project}/questions`, { open: show === "open", limit: 50 }, project !== "");

  if (projects.isPending) return <Waiting />;
  if (!projects.rows.length) return <div className="page"><Empty>{t("noProjects")}</Empty></div>;
  return (
    <div className="page" style={{ maxWidth: 980 }}>
      <div className="page-head">
        <h1>{t("questionsTitle")}</h1>
        <NativeSelect aria-label={t("project")} value={project} onChange={(e) => void navigate({ to: "/team/questions", search: { project: e.currentTarget.value }, replace: true })} data={projects.rows.map((p) => ({ value: p.id, label: p.name }))} />
        <SegmentedControl
          size="xs" value={show} onChange={(v) => setShow(v as "open" | "all")} aria-label={t("questionsTitle")}
          data={[{ value: "open", label: t("unanswered") }, { value: "all", label: t("all") }]}
        />
      </div>
      {answers && <RepeatedQuestions project={project} />}
      {questions.error && <Failure error={questions.error} again={() => void questions.refetch()} />}
      {questions.isPending ? (
        <Waiting />
      ) : questions.rows.length === 0 ? (
        <Empty icon={<IconMessage2 size={40} stroke={1.25} />}>{show === "open" ? t("noQuestions") : t("questionsEmpty")}</Empty>
      ) : (
        <section className="card">
          {questions.rows.map((q) => (
            <QuestionItem key={q.id} question={q} project={project} answers={answers} />
          ))}
        </section>
      )}
      {questions.hasNextPage && (
        <Button variant="default" loading={questions.isFetchingNextPage} onClick={() => void questions.fetchNextPage()}>
          {ui("more")}
        </Button>
      )}
    </div>
  );
}

function QuestionItem({ question: q, project, answers }: { question: Question; project: string; answers: boolean }) {
  const t = teamTexts.use();
  const client = useQueryClient();
  const [writing, setWriting] = useState(false);
  const [text, setText] = useState<string | null>(answers && q.answer === null ? "" : null);
  const answer = useMutation({
    mutationFn: (words: string) => api.post(`/work/questions/${q.id}/answer`, { text: words }),
    onSuccess: async () => {
      toast(t("answerDone"));
      setText(null);
      await client.invalidateQueries({ queryKey: ["work", "questions"] });
    },
  });
  return (
    <article className="question">
      <div className="muted small">{t("asked", { name: q.name, date: moment(q.at) })}</div>
      <p>
        <b>{q.text}</b>
      </p>
      {q.answer !== null && text === null && (
        <div className="reply">
          <p>{q.answer}</p>
          {q.answered_at && <div className="muted small">{t("answeredBy", { name: q.answered_by ?? "", date: moment(q.answered_at) })}</div>}
        </div>
      )}
      {text !== null && <Textarea aria-label={t("yourAnswer")} placeholder={t("yourAnswer")} autosize={false} rows={2} value={text} maxLength={4000} onChange={(e) => setText(e.currentTarget.value)} />}
      {answer.error && <Notice tone="error">{sentenceOf(answer.error)}</Notice>}
      {q.answer === null && !answers && <p className="muted small">{t("notYetAnswered")}</p>}
      {answers && <div className="row">
        {text === null ? (
          <Button variant="default" size="compact-sm" onClick={() => setText(q.answer ?? "")}>{t("change")}</Button>
        ) : (
          <Button size="compact-sm" disabled={!text.trim()} loading={answer.isPending} onClick={() => answer.mutate(text.trim())}>{t("answer")}</Button>
        )}
        <button type="button" className="text-button small" onClick={() => setWriting(true)}>
          {t("toGuideline")}
        </button>
      </div>}
      {writing && <GuidelineChangeDialog project={project} questions={[q]} onClose={() => setWriting(false)} />}
    </article>
  );
}
