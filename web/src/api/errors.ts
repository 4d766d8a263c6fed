import { i18next } from "../app/i18n";

/** The body of an error answer (RFC 9457 with our additions). */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  code: string;
  detail?: { zh: string; en: string } | string;
  fields?: ProblemField[];
  retry_after?: number | null;
}

export interface ProblemField {
  field?: string;
  mark?: string;
  code?: string;
  zh?: string;
  en?: string;
}

/** The server answered, and said no. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }

  /** Seconds to wait before trying again, when the server said so. */
  get retryAfter(): number | null {
    return this.problem.retry_after ?? null;
  }

  /** What happened and what to do, in the language now spoken. */
  get sentence(): string {
    return inLanguage(this.problem.detail) ?? this.problem.title ?? this.code;
  }

  /** The sentence about one field of a form, if the server had one. */
  forField(field: string): string | null {
    const found = this.problem.fields?.find((f) => f.field === field);
    return found ? inLanguage(found) : null;
  }
}

/** No answer came: the line is down, or the server is not there. Nothing was lost; try again. */
export class LineError extends Error {
  override readonly name = "LineError";
}

/** A sentence given in both languages, in the one now spoken. */
export function inLanguage(value: { zh?: string; en?: string } | string | null | undefined): string | null {
  if (value == null) return null;
  if (typeof value === "string") return value;
  const chinese = i18next.language.startsWith("zh");
  return (chinese ? value.zh : value.en) ?? value.en ?? value.zh ?? null;
}
