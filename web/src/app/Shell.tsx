import { Menu } from "@mantine/core";
import {
  IconBuildingCommunity, IconDatabase, IconFolders, IconHome, IconLanguage, IconListCheck, IconLogout,
  IconMessage2, IconRosetteDiscountCheck, IconSettings, IconUser, IconUsers,
} from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { api } from "../api/client";
import { meQuery, useLogout, useMe, type Me, type Role } from "../api/me";
import { howMany, waitingFiringsQuery } from "../features/quality/waiting";
import { Avatar } from "../ui/Avatar";
import { Pod } from "../ui/Pod";
import { Toasts } from "../ui/toasts";
import { i18next, speak, type Language } from "./i18n";
import { JobNotices } from "./JobNotices";
import { shellTexts } from "./shell-texts";
import "./shell.css";

type Icon = ComponentType<{ size?: number; stroke?: number }>;
interface Place {
  to: string;
  text: "today" | "team" | "reviews" | "questions" | "quality" | "projects" | "datasets" | "base" | "admin";
  icon: Icon;
  roles: Role[];
  exact?: boolean;
}

const PLACES: Place[] = [
  { to: "/today", text: "today", icon: IconHome, roles: ["worker"] },
  { to: "/team", text: "team", icon: IconUsers, roles: ["lead", "manager"], exact: true },
  { to: "/team/reviews", text: "reviews", icon: IconListCheck, roles: ["lead", "manager"] },
  { to: "/team/questions", text: "questions", icon: IconMessage2, roles: ["lead", "manager"] },
  { to: "/team/quality", text: "quality", icon: IconRosetteDiscountCheck, roles: ["lead", "manager", "trainer"] },
  { to: "/projects", text: "projects", icon: IconFolders, roles: ["client", "manager", "lead", "trainer", "admin"] },
  { to: "/datasets", text: "datasets", icon: IconDatabase, roles: ["client", "manager", "trainer", "admin"] },
  { to: "/base", text: "base", icon: IconBuildingCommunity, roles: ["manager", "client"] },
  { to: "/admin", text: "admin", icon: IconSettings, roles: ["admin", "manager", "client"] },
];

function placesOf(me: Me): Place[] {
  return PLACES.filter((place) => me.roles.some((r) => place.roles.includes(r.role)));
}

/** Where a person lands after login: the page of her first role. */
export function homeOf(me: Me): string {
  return placesOf(me)[0]?.to ?? "/me";
}

/** The frame of every page but the workbench: brand, places, account. */
export function Shell() {
  const t = shellTexts.use();
  const me = useMe();
  return (
    <div className="shell">
      <a className="skip-link" href="#content">
        {t("skip")}
      </a>
      <header className="topbar">
        <Link to={homeOf(me)} className="brand">
          <Pod />
          {t("brand")}
        </Link>
        <nav>
          {placesOf(me).map(({ to, text, icon: Icon, exact }) => (
            <Link key={to} to={to} className="nav-link" activeOptions={{ exact: exact ?? false }}>
              <Icon size={18} stroke={1.75} />
              {t(text)}
              {text === "quality" && <ToLookAt />}
            </Link>
          ))}
        </nav>
        <span className="space" />
        <Account />
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <Outlet />
      </main>
      <Toasts />
      <JobNotices />
    </div>
  );
}

/** How often rules ask whoever leads to look. */
function ToLookAt() {
  const t = shellTexts.use();
  const waiting = useQuery(waitingFiringsQuery);
  const count = howMany(waiting.data ?? []);
  return count > 0 ? <span className="nav-count" aria-label={t("toLookAt", { count })}>{count}</span> : null;
}

function Account() {
  const t = shellTexts.use();
  const me = useMe();
  const logout = useLogout();
  const client = useQueryClient();
  const other: Language = i18next.language === "en" ? "zh-CN" : "en";
  const language = useMutation({
    mutationFn: async () => {
      await speak(other);
      await api.post("/people/language", { language: other });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <button type="button" className="account-button" aria-label={t("accountMenu")}>
          <Avatar name={me.display_name} />
          {me.display_name}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/me" leftSection={<IconUser size={18} stroke={1.75} />}>
          {t("account")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLanguage size={18} stroke={1.75} />} onClick={() => language.mutate()}>
          {t("language")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={18} stroke={1.75} />} onClick={() => void logout()}>
          {t("logout")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
