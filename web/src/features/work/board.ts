import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";

/** A share with its 95 % interval; null when nothing was checked yet. */
export interface Rate {
  value: number | null;
  low: number | null;
  high: number | null;
  of: number;
}

export interface PersonRow {
  person: string;
  name: string;
  items_today: number;
  items: number;
  reviews: number;
  active_ms_today: number;
  seconds_per_item: number | null;
  accepted: number;
  returned: number;
  skipped: number;
  extras: number;
  passed: Rate;
  holds: number;
  lease_until: string | null;
  last_at: string | null;
  stuck: string | null;
  /** Answers in each of the last hours, the running one last. */
  hours?: number[];
}

/** The lead's board of a project (`GET /work/projects/{id}/board`). */
export interface Board {
  at: string;
  project: string;
  paused: boolean;
  total: number;
  done: number;
  parked: number;
  leased: number;
  checks_waiting: number;
  extras: number;
  questions_open: number;
  per_hour: number;
  hours_left: number | null;
  passed: Rate;
  people: PersonRow[];
  hours: { day: string; hour: number; answers: number }[];
  classes: Record<string, number>;
}

export const boardQuery = (project: string) =>
  queryOptions({
    queryKey: ["work", "board", project],
    enabled: project !== "",
    queryFn: () => api.get<Board>(`/work/projects/${project}/board`),
    refetchInterval: 15_000,
  });

/** What a person is doing, as a lead wants to know it. */
export type Doing = "stuck" | "working" | "away" | "idle";

const QUIET_MS = 15 * 60_000;

export function doing(row: PersonRow, now: string): Doing {
  if (row.stuck) return "stuck";
  const quiet = row.last_at ? Date.parse(now) - Date.parse(row.last_at) : Infinity;
  if (row.holds > 0) return "working";
  return quiet < QUIET_MS ? "idle" : "away";
}

export interface TaskRow {
  id: string;
  item: string;
  name: string;
  number: number;
  state: string;
  priority: number;
  slots: number;
  answered: number;
  accepted: number;
  answered_at: string | null;
  holders: string[];
  answers: AnswerRow[];
  content: Record<string, number>;
}

export interface AnswerRow {
  submission: string;
  person: string;
  name: string;
  state: string;
  mode: string;
  revision: number;
  marks: number;
  active_ms: number;
  late: boolean;
  at: string;
}

/** What the list of tasks may be narrowed to; kept as it is under a name. */
export interface TaskQuery {
  state: string;
  person: string;
  content: string[];
  /** Part of the item's name. */
  name: string;
}

export const ANY_TASK: TaskQuery = { state: "", person: "", content: [], name: "" };
export const TASK_STATES = ["unanswered", "leased", "answered", "checking", "done", "parked", "extra"] as const;

export interface SavedFilter {
  id: string;
  name: string;
  query: Partial<TaskQuery>;
}

/** Somebody who may be given work of the project (`GET /work/projects/{id}/takers`). */
export interface Taker {
  person: string;
  name: string;
  qualified: boolean;
}

const HOUR_MS = 3_600_000;
/** The hours of the board are those of Shanghai. */
const SHANGHAI_MS = 8 * HOUR_MS;
const SHOWN_HOURS = 24;

/** The last day hour by hour up to now, from the first in which anybody worked; hours without work are there, as nothing. */
export function recentHours(board: Pick<Board, "at" | "hours">): { day: string; hour: number; answers: number }[] {
  const given = new Map(board.hours.map((h) => [`${h.day} ${h.hour}`, h.answers]));
  const now = Date.parse(board.at) + SHANGHAI_MS;
  const all = Array.from({ length: SHOWN_HOURS }, (_, i) => {
    const then = new Date(now - (SHOWN_HOURS - 1 - i) * HOUR_MS);
    const [day, hour] = [then.toISOString().slice(0, 10), then.getUTCHours()];
    return { day, hour, answers: given.get(`${day} ${hour}`) ?? 0 };
  });
  const first = all.findIndex((h) => h.answers > 0);
  return first < 0 ? [] : all.slice(first);
}
