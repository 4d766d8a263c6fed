import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { useMe } from "../../api/me";
import { i18next } from "../../app/i18n";
import { homeOf } from "../../app/Shell";
import WorkbenchPage, { platform, Refused } from "../../workbench/WorkbenchPage";
import { practiceParts } from "./practice-bench";
import { practiceTexts } from "./texts-practice";

/** The workbench as a place of practice: the same tools, another server behind it, a word after each answer. */
export default function PracticeBench() {
  const { run } = useParams({ from: "/inside/practice/$run" });
  const me = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  const parts = useMemo(
    () =>
      practiceParts(run, { platform, Refused }, {
        name: (project) => practiceTexts.say("benchName", { project }),
        lookAndGoOn: practiceTexts.say("lookAndGoOn"),
        noLine: practiceTexts.say("noLine"),
        wait: practiceTexts.say("wait"),
        noWayBack: practiceTexts.say("noWayBack"),
        language: () => i18next.language,
      }),
    [run],
  );
  const leave = (): void => {
    void client.invalidateQueries({ queryKey: ["quality"] });
    void navigate({ to: homeOf(me) });
  };
  return <WorkbenchPage kind="work" me={me} onLeave={leave} server={parts.server} hooks={parts.hooks} apart={`practice-${run}`} />;
}
