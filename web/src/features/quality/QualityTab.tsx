import { IconDownload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Views, Window } from "./QualityPage";
import { QualityViews } from "./QualityViews";
import { tablesAddress } from "./reports";
import { USUAL, type Days, type GalleryFilter, type View } from "./search";
import { reportTexts } from "./texts-reports";
import "../work/team.css";
import "./quality.css";

/** A project's quality within its own page. */
export function QualityTab({ project }: { project: string }) {
  const t = reportTexts.use();
  const navigate = useNavigate();
  const [days, setDays] = useState<Days>(USUAL);
  const [view, setView] = useState<View>("look");
  const filter = (to: GalleryFilter) => void navigate({ to: "/team/quality", search: { project, days, view: "errors", ...to } });
  return (
    <>
      <div className="row wrap">
        <Views view={view} onView={setView} />
        <span className="grow" />
        <Window days={days} onDays={setDays} />
        <a className="file-button" href={tablesAddress(project, days)} download>
          <IconDownload size={18} stroke={1.75} /> {t("tables")}
        </a>
      </div>
      <QualityViews project={project} view={view} days={days} filter={{}} onFilter={filter} onLonger={() => setDays(0)} />
    </>
  );
}
