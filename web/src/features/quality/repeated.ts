import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api/client";

/** A question as the repeated ones are listed. */
export interface AskedQuestion {
  id: string;
  person: string;
  text: string;
  answer: string | null;
}

export interface RepeatedQuestions {
  repeated: { questions: AskedQuestion[]; people: number }[];
  changes: { version: number; questions: string[]; people: number; paragraph: string; at: string }[];
}

export const repeatedQuery = (project: string) =>
  queryOptions({
    queryKey: ["quality", "repeated", project],
    queryFn: () => api.get<RepeatedQuestions>(`/quality/projects/${project}/repeated-questions`),
    enabled: project !== "",
  });

/** The headings of a guideline, where a paragraph may go. */
export function headingsOf(markdown: string): string[] {
  let fenced = false;
  const out: string[] = [];
  for (const line of markdown.split("\n")) {
    if (line.trimStart().startsWith("```")) fenced = !fenced;
    const [, , words] = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line) ?? [];
    if (!fenced && words) out.push(words);
  }
  return [...new Set(out)];
}
