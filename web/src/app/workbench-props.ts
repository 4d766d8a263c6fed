import type { Me } from "../api/me";

/** What the shell hands to `src/workbench/WorkbenchPage.tsx` (its default export). */
export interface WorkbenchPageProps {
  /** Which tasks to take. */
  kind: "work" | "review";
  /** Only tasks of this project; any project when absent. */
  project?: string;
  /** The logged-in person: the outbox belongs to `me.id`. */
  me: Me;
  /** Go back to the page the person came from. */
  onLeave: () => void;
}
