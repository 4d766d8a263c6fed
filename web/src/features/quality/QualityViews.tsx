import { useQuery } from "@tanstack/react-query";
import { Failure, Waiting } from "../../ui/State";
import { AgreementView } from "./AgreementView";
import { Gallery } from "./Gallery";
import { KnownView } from "./KnownView";
import { Look } from "./Look";
import { useNames } from "./names";
import { reportQuery } from "./reports";
import { GALLERY_FILTERS, type Days, type GalleryFilter, type View } from "./search";
import { ReviewersView } from "./ReviewersView";
import { RulesView } from "./RulesView";

/** The views of a project's quality; they also stand in the project's own page. */
export function QualityViews({ project, view, days, filter, onFilter, onLonger }: {
  project: string;
  view: View;
  days: Days;
  filter: GalleryFilter;
  onFilter: (filter: GalleryFilter) => void;
  onLonger: () => void;
}) {
  const names = useNames(project);
  const report = useQuery(reportQuery(project, days));
  if (view === "agree") return <AgreementView project={project} names={names} />;
  if (view === "known") return <KnownView project={project} names={names} />;
  if (view === "rules") return <RulesView project={project} names={names} />;
  if (view === "reviewers") return <ReviewersView project={project} days={days} />;
  if (report.isPending) return <Waiting />;
  if (report.error) return <Failure error={report.error} again={() => void report.refetch()} />;
  if (view === "look") return <Look report={report.data} names={names} days={days} onLonger={onLonger} />;
  const only = Object.fromEntries(GALLERY_FILTERS.flatMap((key) => (filter[key] ? [[key, filter[key]]] : []))) as GalleryFilter;
  return <Gallery project={project} days={days} names={names} people={report.data.people} filter={only} onFilter={onFilter} />;
}
