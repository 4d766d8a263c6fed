import { api } from "../../api/client";
import type { TaskQuery } from "./board";

/** Tasks in one request: the server's limit, so that its transactions stay short. */
const AT_ONCE = 500;

/** The ids of all tasks that the filter admits, page by page; the place in the list stays right while tasks change. */
export async function* taskIds(path: string, query: TaskQuery): AsyncGenerator<string[]> {
  let cursor: string | null = null;
  do {
    const page: { ids: string[]; next: string | null } = await api.get(`${path}/task-ids`, { ...query, cursor, limit: AT_ONCE });
    if (page.ids.length > 0) yield page.ids;
    cursor = page.next;
  } while (cursor !== null);
}
