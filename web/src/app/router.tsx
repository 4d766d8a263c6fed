import {
  Outlet, createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect,
} from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { meQuery, type Me } from "../api/me";
import { PROJECT_TABS, type ProjectTab } from "../features/projects/tabs";
import { qualitySearch } from "../features/quality/search";
import TodayPage from "../features/work/TodayPage";
import { Waiting } from "../ui/State";
import { Broken, Missing } from "./Fallbacks";
import { asLanguage, i18next, speak } from "./i18n";
import { queryClient } from "./query";
import { Shell } from "./Shell";
import { WorkbenchMount } from "./WorkbenchMount";

/** Only addresses of this site may follow a login. */
export function safeNext(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : undefined;
}

async function requireMe(client: QueryClient, href: string): Promise<Me> {
  const me = await client.ensureQueryData(meQuery);
  if (!me) throw redirect({ to: "/login", search: { next: safeNext(href) } });
  if (me.must_change_password) throw redirect({ to: "/password", search: { next: safeNext(href) } });
  const language = asLanguage(me.language);
  if (language && language !== i18next.language) await speak(language);
  return me;
}

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: Missing,
});

const nextSearch = (search: Record<string, unknown>): { next?: string } => ({ next: safeNext(search.next) });

const projectSearch = (search: Record<string, unknown>): { project?: string } => ({ project: typeof search.project === "string" ? search.project : undefined });

const trust = createRoute({
  getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => import("../features/people/TrustPage")),
});
const login = createRoute({
  getParentRoute: () => root, path: "/login", validateSearch: nextSearch,
  component: lazyRouteComponent(() => import("../features/people/LoginPage")),
});
const password = createRoute({
  getParentRoute: () => root, path: "/password", validateSearch: nextSearch,
  component: lazyRouteComponent(() => import("../features/people/PasswordPage")),
});
const enrol = createRoute({ getParentRoute: () => root, path: "/enrol/$code", component: lazyRouteComponent(() => import("../features/people/EnrolPage")) });

/** Everything below asks for a login. */
const inside = createRoute({
  getParentRoute: () => root, id: "inside",
  beforeLoad: ({ context, location }) => requireMe(context.client, location.href),
  component: Outlet,
});
const shell = createRoute({ getParentRoute: () => inside, id: "shell", component: Shell });

const today = createRoute({ getParentRoute: () => shell, path: "/today", component: TodayPage });

const account = createRoute({ getParentRoute: () => shell, path: "/me", component: lazyRouteComponent(() => import("../features/people/MePage")) });
const base = createRoute({ getParentRoute: () => shell, path: "/base", component: lazyRouteComponent(() => import("../features/people/BasePage")) });
const admin = createRoute({ getParentRoute: () => shell, path: "/admin", component: lazyRouteComponent(() => import("../features/kernel/AdminPage")) });
const projects = createRoute({ getParentRoute: () => shell, path: "/projects", component: lazyRouteComponent(() => import("../features/projects/ProjectsPage")) });
const newProject = createRoute({ getParentRoute: () => shell, path: "/projects/new", component: lazyRouteComponent(() => import("../features/projects/NewProjectPage")) });
const project = createRoute({
  getParentRoute: () => shell, path: "/projects/$project",
  validateSearch: (search: Record<string, unknown>): { tab?: ProjectTab } => ({ tab: PROJECT_TABS.find((one) => one === search.tab) }),
  component: lazyRouteComponent(() => import("../features/projects/ProjectPage")),
});
const team = createRoute({
  getParentRoute: () => shell, path: "/team",
  validateSearch: projectSearch,
  component: lazyRouteComponent(() => import("../features/work/TeamPage")),
});
const reviews = createRoute({ getParentRoute: () => shell, path: "/team/reviews", component: lazyRouteComponent(() => import("../features/work/ReviewsPage")) });
const questions = createRoute({
  getParentRoute: () => shell, path: "/team/questions", validateSearch: projectSearch,
  component: lazyRouteComponent(() => import("../features/work/QuestionsPage")),
});
const myQuality = createRoute({ getParentRoute: () => shell, path: "/me/quality", component: lazyRouteComponent(() => import("../features/quality/MyQualityPage")) });
const appeals = createRoute({
  getParentRoute: () => shell, path: "/team/appeals", validateSearch: projectSearch,
  component: lazyRouteComponent(() => import("../features/quality/AppealsPage")),
});
const quality = createRoute({
  getParentRoute: () => shell, path: "/team/quality", validateSearch: qualitySearch,
  component: lazyRouteComponent(() => import("../features/quality/QualityPage")),
});
const qualityPerson = createRoute({
  getParentRoute: () => shell, path: "/team/people/$person", validateSearch: qualitySearch,
  component: lazyRouteComponent(() => import("../features/quality/PersonPage")),
});
const datasets = createRoute({ getParentRoute: () => shell, path: "/datasets", component: lazyRouteComponent(() => import("../features/data/DatasetsPage")) });
const dataset = createRoute({ getParentRoute: () => shell, path: "/datasets/$dataset", component: lazyRouteComponent(() => import("../features/data/DatasetPage")) });

const work = createRoute({
  getParentRoute: () => inside, path: "/work", component: () => <WorkbenchMount kind="work" />,
});
const workProject = createRoute({
  getParentRoute: () => inside, path: "/work/$project",
  component: function Work() {
    return <WorkbenchMount kind="work" project={workProject.useParams().project} />;
  },
});
const practice = createRoute({
  getParentRoute: () => inside, path: "/practice/$run", component: lazyRouteComponent(() => import("../features/quality/PracticeBench")),
});
const review = createRoute({
  getParentRoute: () => inside, path: "/review", component: () => <WorkbenchMount kind="review" />,
});
const reviewProject = createRoute({
  getParentRoute: () => inside, path: "/review/$project",
  component: function Review() {
    return <WorkbenchMount kind="review" project={reviewProject.useParams().project} />;
  },
});

const tree = root.addChildren([
  trust, login, password, enrol,
  inside.addChildren([shell.addChildren([today, account, myQuality, base, admin, projects, newProject, project, team, reviews, questions, appeals, quality, qualityPerson, datasets, dataset]), work, workProject, practice, review, reviewProject]),
]);

export const router = createRouter({
  routeTree: tree,
  context: { client: queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: Missing,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
