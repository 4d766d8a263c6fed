import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { i18next, speak } from "../../app/i18n";
import { Pod } from "../../ui/Pod";
import { doorTexts } from "./texts-door";
import "../../ui/forms";
import "./door.css";

/** The frame of the pages before login: brand, language, one card in the middle. */
export function Door({ children }: { children: ReactNode }) {
  return (
    <div className="door">
      <DoorTop />
      <main className="card door-card">{children}</main>
    </div>
  );
}

export function DoorTop({ end }: { end?: ReactNode }) {
  const t = doorTexts.use();
  return (
    <div className="door-top">
      <Link to="/" className="brand">
        <Pod />
        {t("product")}
      </Link>
      <span style={{ display: "flex", gap: 16, alignItems: "center" }}>
        <button type="button" className="plain-link" onClick={() => void speak(i18next.language === "en" ? "zh-CN" : "en")}>
          {t("language")}
        </button>
        {end}
      </span>
    </div>
  );
}
