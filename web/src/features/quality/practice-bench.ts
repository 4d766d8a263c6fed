/** Practice behind the bench: its own `WorkServer`, and what is said after each answer. */
import { api } from "../../api/client";
import { ApiError, LineError } from "../../api/errors";
import type { Finding } from "../../workbench/core/checks";
import type { DeskHooks } from "../../workbench/image/state";
import type { NextAnswer, Setup, SubmissionBody, WorkServer } from "../../workbench/outbox/wire";
import type { Difference, Feedback, Run } from "./practice";

/** Half the side of the square that is shown around a place, px. */
const AROUND = 24;
const MOST_SAID = 6;

export interface Words {
  /** The project's name as the bench shows it. */
  name: (project: string) => string;
  /** After the last try: look at it, then go on. */
  lookAndGoOn: string;
  noLine: string;
  wait: string;
  noWayBack: string;
  language: () => string;
}

export interface PracticeParts {
  server: WorkServer;
  hooks: DeskHooks;
}

interface Bench {
  platform: (kind: "work" | "review", project: string | undefined) => WorkServer;
  Refused: typeof import("../../workbench/outbox/wire").Refused;
}

type PracticeNext = Omit<NextAnswer, "today"> & { run: Run };

/** What a difference says at its place, as the bench shows it. */
export function said(difference: Difference, language: string): Finding {
  const [x, y] = difference.place ?? [Number.NaN, Number.NaN];
  return {
    code: "practice",
    level: "error",
    values: { text: language.startsWith("zh") ? difference.zh : difference.en },
    ...(difference.guess ? { mark: difference.guess } : {}),
    ...(difference.place ? { place: { x0: x - AROUND, y0: y - AROUND, x1: x + AROUND, y1: y + AROUND } } : {}),
  };
}

function errorText(error: ApiError, language: string): string {
  const { detail } = error.problem;
  if (typeof detail === "string") return detail;
  return (language.startsWith("zh") ? detail?.zh : detail?.en) ?? error.code;
}

/** The parts that make the bench a place of practice for one run. */
export function practiceParts(run: string, bench: Bench, words: Words): PracticeParts {
  const base = bench.platform("work", undefined);
  const address = `/quality/practice/${encodeURIComponent(run)}`;
  /** Tasks whose last try is used up: shown once more, then left behind. */
  const over = new Set<string>();
  let last: Feedback | null = null;
  let exam = false;
  let busy = false;

  const text = (sentence: string): Finding => ({ code: "practice", level: "error", values: { text: sentence } });

  async function beforeHandIn(body: SubmissionBody): Promise<readonly Finding[]> {
    if (over.has(body.task)) return [];
    if (busy) return [text(words.wait)];
    let feedback: Feedback;
    busy = true;
    try {
      feedback = await api.post<Feedback>(`${address}/answers`, { id: body.id, step: body.task, marks: body.marks, relations: body.relations, item_attrs: body.item_attrs });
    } catch (error) {
      if (error instanceof LineError) return [text(words.noLine)];
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "practice_over") return []; // its answer had arrived before this page was opened
      return [text(errorText(error, words.language()))];
    } finally {
      busy = false;
    }
    last = feedback;
    exam = !feedback.shown;
    if (exam || feedback.passed === true) return [];
    const found = feedback.differences.slice(0, MOST_SAID).map((d) => said(d, words.language()));
    if (feedback.again) return found.length > 0 ? found : [text("…")];
    over.add(body.task);
    return [...found, text(words.lookAndGoOn)];
  }

  return {
    server: {
      ...base,
      next: async (want, have) => ({ ...(await api.post<PracticeNext>(`${address}/next`, { want, have })), today: null }),
      setup: async (project): Promise<Setup> => {
        const setup = await base.setup(project);
        return { ...setup, name: words.name(setup.name), names: {} };
      },
      // What is practised is not kept between sittings; the answer itself goes before it is handed in.
      draft: (_, body) => Promise.resolve({ seq: body.seq, until: new Date(Date.now() + 3_600_000).toISOString() }),
      submit: (body) => Promise.resolve({ id: body.id, state: "accepted" }),
      skip: () => Promise.resolve(),
      giveBack: () => Promise.resolve(),
      reopen: () => Promise.reject(new bench.Refused(409, "practice", words.noWayBack, words.noWayBack)),
      comment: () => Promise.resolve(),
      question: (project, question) => base.question(project, question, ""),
      appeal: undefined,
    },
    hooks: {
      beforeHandIn,
      afterHandIn: () => last && { text: exam || last.passed !== true ? "practiceTaken" : "practiceRight", values: { done: last.done, size: last.size } },
      plain: true,
      noSkip: true,
    },
  };
}
