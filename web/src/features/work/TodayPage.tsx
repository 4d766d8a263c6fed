import { Button } from "@mantine/core";
import { IconAlertTriangle, IconBook2, IconMessage2, IconPlayerPlay } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Suspense, lazy, useEffect, useState, type ReactNode } from "react";
import { api } from "../../api/client";
import { useMe } from "../../api/me";
import { preloadWorkbench } from "../../app/WorkbenchMount";
import { count, moment, yuan } from "../../ui/format";
import { LinkButton } from "../../ui/LinkButton";
import { Failure, Tag, type Tone } from "../../ui/State";
import { useProjects, type GuidelineAnswer, type Project } from "../projects/projects";
import { myAppealsQuery } from "../quality/appeals";
import { appealTexts } from "../quality/texts-appeals";
import { todayTexts } from "./texts-today";
import { mineQuery, reasonOf, todayQuery, type AnswerState, type Mine, type Today } from "./today";
import "./today.css";

// The day page is part of the first load; what few people need on few days comes when it is needed.
const AppealDialog = lazy(async () => ({ default: (await import("../quality/AppealDialog")).AppealDialog }));
const PracticeCard = lazy(async () => ({ default: (await import("../quality/PracticeCard")).PracticeCard }));
const MyAppeals = lazy(async () => ({ default: (await import("../quality/MyAppeals")).MyAppeals }));
const MyFirings = lazy(async () => ({ default: (await import("../quality/MyFirings")).MyFirings }));

/** Her day: one big button, what she did, what came back, what is new. */
export default function TodayPage() {
  const t = todayTexts.use();
  const me = useMe();
  const today = useQuery(todayQuery);
  const mine = useQuery(mineQuery);
  const projects = useProjects({ state: "running" });
  const hour = new Date().getHours();
  const greeting = hour < 11 ? "morning" : hour < 18 ? "afternoon" : "evening";
  const back = mine.data?.items.filter((row) => row.to_redo) ?? [];
  useEffect(preloadWorkbench, []);
  return (
    <div className="today">
      <div className="today-column">
        <section className="card today-hero">
          <div>
            <h1>{t(greeting, { name: me.display_name })}</h1>
            <p>{t("ready")}</p>
          </div>
          <LinkButton to="/work" className="today-go" h={64} px={40} fz={22} radius={14} leftSection={<IconPlayerPlay size={24} stroke={1.75} />}>
            {today.data && today.data.items > 0 ? t("going") : t("start")}
          </LinkButton>
          {projects.rows.length > 1 && <OneProject projects={projects.rows} />}
          {today.data && <Figures today={today.data} projects={projects.rows} />}
          {today.error && <Failure error={today.error} again={() => void today.refetch()} />}
        </section>
        <Suspense fallback={null}>
          <PracticeCard projects={projects.rows} />
        </Suspense>
        {back.length > 0 && <Returned rows={back} projects={projects.rows} />}
        <Suspense fallback={null}>
          <MyFirings />
          <MyAppeals projects={projects.rows} />
        </Suspense>
      </div>
      <div className="today-column">
        <News projects={projects.rows} person={me.id} />
        <Recent rows={mine.data?.items.filter((row) => !row.to_redo) ?? []} ready={mine.isSuccess} />
      </div>
    </div>
  );
}

function OneProject({ projects }: { projects: Project[] }) {
  const t = todayTexts.use();
  return (
    <div className="row wrap">
      <span className="muted small">{t("onlyProject")}</span>
      {projects.slice(0, 6).map((p) => (
        <LinkButton key={p.id} to="/work/$project" params={{ project: p.id }} variant="default" size="compact-sm">
          {p.name}
        </LinkButton>
      ))}
    </div>
  );
}

const HOUR_MS = 3_600_000;

/** What the day brings if all of it passes, while pay has no figure: only where every project pays the same an item. */
function expectedOf(today: Today, projects: Project[]): { fen: number; price: number; items: number } | null {
  const [price, ...others] = new Set(projects.map((p) => p.settings.price_fen));
  if (price == null || others.length > 0) return null;
  const items = Math.max(0, today.items - today.returned);
  return { fen: items * price, price, items };
}

function Figures({ today, projects }: { today: Today; projects: Project[] }) {
  const t = todayTexts.use();
  const minutes = Math.round(today.active_ms / 60_000);
  const time =
    minutes < 60 ? t("minutes", { count: minutes }) : t("hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  const rate =
    today.earned_fen !== null && minutes >= 5
      ? t("perHour", { amount: yuan(Math.round((today.earned_fen * HOUR_MS) / today.active_ms)) })
      : null;
  const expected = expectedOf(today, projects);
  return (
    <div className="figures">
      <div className="figure">
        <span>{t("done")}</span>
        <b>{t("items", { count: today.items })}</b>
        <span>{t("active", { time })}</span>
      </div>
      {today.earned_fen !== null && (
        <div className="figure">
          <span>{t("earned")}</span>
          <b>{yuan(today.earned_fen)}</b>
          <span>{rate}</span>
        </div>
      )}
      {today.earned_fen === null && expected && (
        <div className="figure">
          <span>{t("expected")}</span>
          <b>{yuan(expected.fen)}</b>
          <span>{t("expectedOf", { count: expected.items, price: yuan(expected.price) })}</span>
        </div>
      )}
      <div className="figure">
        <span>{t("accepted")}</span>
        <b>{count(today.accepted)}</b>
        <span>{today.returned ? t("returnedSome", { count: today.returned }) : t("returnedNone")}</span>
      </div>
    </div>
  );
}

function Returned({ rows, projects }: { rows: Mine[]; projects: Project[] }) {
  const t = todayTexts.use();
  const appeal = appealTexts.use();
  const [contested, setContested] = useState<string | null>(null);
  const open = new Set(useQuery(myAppealsQuery).data?.open_to_appeal.map((a) => a.submission));
  return (
    <section className="card list-card">
      <h2>{t("returnedTitle", { count: rows.length })}</h2>
      {rows.map((row) => {
        const project = projects.find((p) => p.id === row.project);
        const [first] = row.findings;
        return (
          <div key={row.id} className="list-row">
            <IconAlertTriangle size={20} stroke={1.75} aria-hidden />
            <div className="grow">
              <b>{first ? reasonOf(first, project) : t("noReason")}</b>
              <div className="muted small">
                {t("returnedRow", { name: row.name, project: project?.name ?? "" })}
                {first?.rule && ` · ${t("rule", { rule: first.rule })}`}
              </div>
            </div>
            {open.has(row.id) && (
              <Button variant="subtle" size="compact-md" onClick={() => setContested(row.id)}>
                {appeal("right")}
              </Button>
            )}
            <LinkButton to="/work/$project" params={{ project: row.project }} variant="default" size="compact-md">
              {t("fix")}
            </LinkButton>
          </div>
        );
      })}
      {contested !== null && (
        <Suspense fallback={null}>
          <AppealDialog submission={contested} onClose={() => setContested(null)} />
        </Suspense>
      )}
    </section>
  );
}

const NEWS_MS = 7 * 24 * HOUR_MS;
const NEWS_PROJECTS = 3;

interface Asked {
  id: string;
  person: string;
  text: string;
  answer: string | null;
  answered_at: string | null;
}

interface NewsItem {
  key: string;
  at: string;
  icon: ReactNode;
  title: string;
  text: string;
  /** The project whose guideline it is about. */
  guideline?: string;
}

/** Answers to her questions and changes of the guidelines, of the last week. */
function News({ projects, person }: { projects: Project[]; person: string }) {
  const t = todayTexts.use();
  const few = projects.slice(0, NEWS_PROJECTS);
  const guidelines = useQueries({
    queries: few.map((p) => ({ queryKey: ["projects", "guideline", p.id], staleTime: 60_000, queryFn: () => api.get<GuidelineAnswer>(`/projects/${p.id}/guideline`) })),
  });
  const questions = useQueries({
    queries: few.map((p) => ({ queryKey: ["work", "asked", p.id], staleTime: 60_000, queryFn: () => api.get<{ items: Asked[] }>(`/work/projects/${p.id}/questions`, { limit: 50 }) })),
  });
  const news: NewsItem[] = [];
  few.forEach((p, i) => {
    const g = guidelines[i]?.data?.guideline;
    if (g && g.version > 1) {
      news.push({
        key: `g${p.id}`, at: g.made_at, icon: <IconBook2 size={20} stroke={1.75} aria-hidden />,
        title: t("guideChanged", { project: p.name, version: g.version }), text: g.changed || t("readFirst"), guideline: p.id,
      });
    }
    for (const q of questions[i]?.data?.items ?? []) {
      if (q.answer === null || q.answered_at === null) continue;
      const title = t(q.person === person ? "answered" : "answeredAll");
      news.push({ key: `q${q.id}`, at: q.answered_at, icon: <IconMessage2 size={20} stroke={1.75} aria-hidden />, title: `${title}: ${q.text}`, text: q.answer });
    }
  });
  const since = Date.now() - NEWS_MS;
  const shown = news.filter((n) => Date.parse(n.at) > since).sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, 6);
  return (
    <section className="card list-card">
      <div className="row">
        <h2 className="grow">{t("messages")}</h2>
        {few[0] && (
          <Link to="/team/questions" search={{ project: few[0].id }} className="text-button small card-pad">
            {t("allQuestions")}
          </Link>
        )}
      </div>
      {shown.length === 0 && <p className="none">{t("noMessages")}</p>}
      {shown.map((n) => (
        <div key={n.key} className="list-row">
          {n.icon}
          <div className="grow">
            <b>{n.guideline ? <Link to="/projects/$project" params={{ project: n.guideline }} search={{ tab: "guideline" }}>{n.title}</Link> : n.title}</b>
            <div className="muted small">{n.text}</div>
          </div>
        </div>
      ))}
    </section>
  );
}

const TONES: Partial<Record<AnswerState, Tone>> = { accepted: "ok", fixed: "ok", rejected: "warn", extra: "warn", submitted: "info" };

function Recent({ rows, ready }: { rows: Mine[]; ready: boolean }) {
  const t = todayTexts.use();
  return (
    <section className="card list-card">
      <div className="row">
        <h2 className="grow">{t("recent")}</h2>
        <Link to="/me/quality" className="text-button small card-pad">
          {t("myQuality")}
        </Link>
      </div>
      {ready && rows.length === 0 && <p className="none">{t("noRecent")}</p>}
      {rows.slice(0, 8).map((row) => (
        <div key={row.id} className="list-row compact">
          <span className="grow ellipsis" title={row.name}>{row.name.split("/").pop()}</span>
          <span className="muted small">{moment(row.at)}</span>
          <Tag tone={TONES[row.state]}>{t(`state.${row.state}`)}</Tag>
        </div>
      ))}
    </section>
  );
}
