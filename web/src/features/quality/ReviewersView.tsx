import { useQuery } from "@tanstack/react-query";
import { IntervalLine } from "../../ui/charts";
import { DataTable, type Column } from "../../ui/DataTable";
import { count, percent } from "../../ui/format";
import { Empty, Failure, Tag, Waiting } from "../../ui/State";
import { known, reviewersQuery, scaleFrom, type Rate, type ReviewerRate } from "./reports";
import type { Days } from "./search";
import { reportTexts } from "./texts-reports";

/** How alike the reviewers judge the same people's work. */
export function ReviewersView({ project, days }: { project: string; days: Days }) {
  const t = reportTexts.use();
  const found = useQuery(reviewersQuery(project, days));
  if (found.isPending) return <Waiting />;
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const { rows } = found.data;
  if (!rows.length) return <Empty>{t("noReviewers")}</Empty>;
  const from = scaleFrom(rows.flatMap((r) => [r.passed, r.shared, r.others]));
  const share = (rate: Rate) => <Share rate={rate} from={from} />;
  const columns: Column<ReviewerRate>[] = [
    { key: "name", head: t("reviewerName"), cell: (r) => r.name },
    { key: "of", head: t("checked"), className: "number", cell: (r) => count(r.passed.of) },
    { key: "passed", head: t("passesWhole"), cell: (r) => share(r.passed) },
    { key: "shared", head: t("sameShared"), cell: (r) => share(r.shared) },
    { key: "others", head: t("sameOthers"), cell: (r) => share(r.others) },
    { key: "apart", head: "", cell: (r) => <Verdict row={r} /> },
    { key: "fixed", head: t("fixedN"), className: "number", cell: (r) => count(r.fixed) },
    { key: "returned", head: t("returnedN"), className: "number", cell: (r) => count(r.returned) },
    { key: "overturned", head: t("overturned"), cell: (r) => <Share rate={r.overturned} from={0} /> },
    { key: "each", head: t("each"), className: "number", cell: (r) => (r.seconds === null ? "—" : t("seconds", { n: Math.round(r.seconds) })) },
  ];
  return (
    <section className="card">
      <div className="card-head"><h2>{t("view.reviewers")}</h2></div>
      <p className="muted small card-body">{t("reviewersText")}</p>
      <DataTable columns={columns} rows={rows} keyOf={(r) => r.reviewer} label={t("view.reviewers")} />
    </section>
  );
}

function Share({ rate, from }: { rate: Rate; from: number }) {
  const of = known(rate);
  if (!of) return <span className="muted">—</span>;
  return (
    <span className="rate-cell">
      <IntervalLine of={of} from={from} width={84} />
      <span className="small">{percent(of.value)}</span>
    </span>
  );
}

function Verdict({ row }: { row: ReviewerRate }) {
  const t = reportTexts.use();
  const mine = known(row.shared);
  const theirs = known(row.others);
  if (!mine || !theirs) return <span className="muted small">{t("unknown")}</span>;
  if (!row.apart) return <Tag tone="ok">{t("alike")}</Tag>;
  return <Tag tone="warn">{mine.value < theirs.value ? t("strict") : t("lenient")}</Tag>;
}
