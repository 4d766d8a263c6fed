/** The real platform behind `WorkServer`: our API client, with a limit on how long a silent line is waited for. */
import { api, request, setCsrf } from "../../api/client";
import { ApiError, LineError } from "../../api/errors";
import type { Me } from "../../api/me";
import { NoAnswer, Refused, type AskedBefore, type GuidelineLine, type NextAnswer, type Sent, type Setup, type Today, type WorkServer } from "./wire";

const ANSWER_MS = 20_000;
const MEDIA_MS = 120_000;

const patience = (ms: number): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(ms) });

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof LineError) throw new NoAnswer(error.message);
    if (!(error instanceof ApiError)) throw error;
    const { detail } = error.problem;
    const both = typeof detail === "string" ? { zh: detail, en: detail } : { zh: detail?.zh ?? error.code, en: detail?.en ?? error.code };
    throw new Refused(error.status, error.code, both.zh, both.en, error.retryAfter);
  }
}

export function platform(kind: "work" | "review", project: string | undefined): WorkServer {
  return {
    next: (want, have, store = false) => asked(() => api.post<NextAnswer>("/work/next", { project: project ?? null, want, have, kind, ...(store ? { store } : {}) }, patience(ANSWER_MS))),
    setup: (id) => asked(() => api.get<Setup>(`/work/projects/${encodeURIComponent(id)}/setup`, undefined, patience(ANSWER_MS))),
    draft: (task, body) => asked(() => api.put(`/work/tasks/${encodeURIComponent(task)}/draft`, body, patience(ANSWER_MS))),
    submit: (body) => asked(() => api.post<Sent>("/work/submissions", body, patience(ANSWER_MS))),
    review: (body) => asked(() => api.post<Sent>("/work/reviews", body, patience(ANSWER_MS))),
    skip: (task, body) => asked(() => api.post(`/work/tasks/${encodeURIComponent(task)}/skip`, body, patience(ANSWER_MS))),
    giveBack: (task, lease) => asked(() => api.post(`/work/tasks/${encodeURIComponent(task)}/give-back`, { lease }, patience(ANSWER_MS))),
    reopen: (submission) => asked(() => api.post(`/work/submissions/${encodeURIComponent(submission)}/reopen`, {}, patience(ANSWER_MS))),
    appeal: (submission, text) => asked(() => api.post("/quality/appeals", { submission, text }, patience(ANSWER_MS))),
    comment: (task, body) => asked(() => api.post(`/work/tasks/${encodeURIComponent(task)}/comments`, body, patience(ANSWER_MS))),
    question: (id, text, task) => asked(() => api.post(`/work/projects/${encodeURIComponent(id)}/questions`, { text, task }, patience(ANSWER_MS))),
    questions: async (id) => (await asked(() => api.get<{ items: AskedBefore[] }>(`/work/projects/${encodeURIComponent(id)}/questions`, { limit: 100 }, patience(ANSWER_MS)))).items,
    guidelineChange: async (id, before, after) => (await asked(() => api.get<{ lines: GuidelineLine[] }>(`/projects/${encodeURIComponent(id)}/guideline/diff`, { old: before, new: after }, patience(ANSWER_MS)))).lines,
    today: () => asked(() => api.get<Today>("/work/today", undefined, patience(ANSWER_MS))),
    media: (url) => asked(() => mediaBlob(url)),
    whoAmI: async () => {
      try {
        const me = await asked(() => api.get<Me>("/people/me", undefined, patience(ANSWER_MS)));
        setCsrf(me.csrf);
        return me.id;
      } catch (error) {
        if (error instanceof Refused && error.status === 401) return null;
        throw error;
      }
    },
  };
}

/** Media addresses are signed: no cookie goes with them. */
async function mediaBlob(url: string): Promise<Blob> {
  try {
    const response = await fetch(url, { credentials: "omit", ...patience(MEDIA_MS) });
    if (!response.ok) throw new Refused(response.status, `http_${response.status}`, response.statusText, response.statusText);
    return await response.blob();
  } catch (error) {
    if (error instanceof Refused) throw error;
    if (error instanceof TypeError || error instanceof DOMException) throw new NoAnswer(String(error));
    throw error;
  }
}

/** Log in again without leaving the page. */
export async function logIn(login: string, password: string): Promise<void> {
  await asked(() => request("POST", "/people/login", { login, password }, patience(ANSWER_MS)));
}
