import { ApiError, LineError, type Problem } from "./errors";

const ROOT = "/api/v1";

export type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;

export interface Options {
  query?: Query;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

let csrfFromMe: string | null = null;

/** Keep the token that `/people/me` and `/people/login` hand out; the cookie wins when the page may read it. */
export function setCsrf(token: string | null | undefined): void {
  csrfFromMe = token || null;
}

/** The token that every writing request must carry. */
export function csrfToken(): string | null {
  const found = /(?:^|;\s*)doujia_csrf=([^;]+)/.exec(document.cookie);
  return found?.[1] ? decodeURIComponent(found[1]) : csrfFromMe;
}

/** Address of an endpoint, `path` below /api/v1, with its query. */
export function address(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value == null || value === "") continue;
    if (Array.isArray(value)) for (const one of value) search.append(key, one);
    else search.append(key, String(value));
  }
  const tail = search.toString();
  return `${ROOT}${path}${tail ? `?${tail}` : ""}`;
}

/**
 * One request to the API.
 *
 * @throws ApiError when the server answered with an error, LineError when no answer came.
 */
export async function request(method: string, path: string, body?: unknown, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  let payload: BodyInit | undefined;
  if (body instanceof FormData || body instanceof Blob) payload = body;
  else if (body !== undefined) {
    payload = JSON.stringify(body);
    headers["Content-Type"] = "application/json";
  }
  if (method !== "GET") {
    const token = csrfToken();
    if (token) headers["X-CSRFToken"] = token;
  }
  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers,
      body: payload,
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    throw broken(error);
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = { status: response.status, code: `http_${response.status}`, title: response.statusText };
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) return fallback;
  try {
    return { ...fallback, ...((await response.json()) as Partial<Problem>) };
  } catch (error) {
    if (error instanceof SyntaxError) return fallback;
    throw broken(error);
  }
}

/** What a line that broke in the middle of an answer is to the caller: no answer. Only the caller's own stop stays what it is. */
function broken(error: unknown): unknown {
  return error instanceof DOMException && error.name === "AbortError" ? error : new LineError(String(error));
}

async function json<T>(method: string, path: string, body?: unknown, options?: Options): Promise<T> {
  const response = await request(method, path, body, options);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw broken(error);
  }
}

/** The API by verb; `T` is the answer's type from the generated schema. */
export const api = {
  get: <T>(path: string, query?: Query, options?: Omit<Options, "query">) =>
    json<T>("GET", path, undefined, { ...options, query }),
  post: <T>(path: string, body?: unknown, options?: Options) => json<T>("POST", path, body ?? {}, options),
  put: <T>(path: string, body?: unknown, options?: Options) => json<T>("PUT", path, body ?? {}, options),
  patch: <T>(path: string, body?: unknown, options?: Options) => json<T>("PATCH", path, body ?? {}, options),
  delete: <T>(path: string, options?: Options) => json<T>("DELETE", path, undefined, options),
};
