import { useNavigate } from "@tanstack/react-router";
import { Suspense, lazy, type ComponentType } from "react";
import { useMe } from "../api/me";
import { Notice, Waiting } from "../ui/State";
import { homeOf } from "./Shell";
import { shellTexts } from "./shell-texts";
import type { WorkbenchPageProps } from "./workbench-props";

/* The workbench is a room of its own; the build picks up its page by this name. */
const pages = import.meta.glob<{ default: ComponentType<WorkbenchPageProps> }>("../workbench/WorkbenchPage.tsx");
const load = pages["../workbench/WorkbenchPage.tsx"];
const WorkbenchPage = load ? lazy(load) : null;

/** The workbench over the whole window, for labelling or for reviewing. */
export function WorkbenchMount({ kind, project }: { kind: "work" | "review"; project?: string }) {
  const t = shellTexts.use();
  const me = useMe();
  const navigate = useNavigate();
  if (!WorkbenchPage) return <Notice tone="error">{t("noWorkbench")}</Notice>;
  return (
    <Suspense fallback={<Waiting />}>
      <WorkbenchPage
        key={`${kind}:${project ?? ""}`}
        kind={kind}
        project={project}
        me={me}
        onLeave={() => void navigate({ to: kind === "review" ? "/team/reviews" : homeOf(me) })}
      />
    </Suspense>
  );
}
