import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, lazy } from "react";
import { useMe } from "../api/me";
import { Waiting } from "../ui/State";
import { homeOf } from "./Shell";

const load = () => import("../workbench/WorkbenchPage");
const WorkbenchPage = lazy(load);

/** Fetch the bench's code before it is asked for: at its own address, and while a worker reads her day. */
export function preloadWorkbench(account?: string): void {
  // A line that is down now is not an error yet: the page itself tries again and says so.
  load().then((bench) => { if (account !== undefined) bench.openEarly(account); }, () => undefined);
}

/** The workbench over the whole window, for labelling or for reviewing. */
export function WorkbenchMount({ kind, project }: { kind: "work" | "review"; project?: string }) {
  const me = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  const leave = (): void => {
    // What was done at the bench is not in the pages' cache yet: day and board are read again.
    void client.invalidateQueries({ queryKey: ["work"] });
    void navigate({ to: kind === "review" ? "/team/reviews" : homeOf(me) });
  };
  return (
    <Suspense fallback={<Waiting />}>
      <WorkbenchPage
        key={`${kind}:${project ?? ""}`}
        kind={kind}
        project={project}
        me={me}
        onLeave={leave}
      />
    </Suspense>
  );
}
