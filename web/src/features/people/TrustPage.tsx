import { Button } from "@mantine/core";
import { IconCloudCheck, IconCoin, IconGift, IconLock, IconScale, IconSchool } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { meQuery } from "../../api/me";
import { homeOf } from "../../app/Shell";
import { LinkButton } from "../../ui/LinkButton";
import { DoorTop } from "./Door";
import { trustTexts } from "./texts-trust";
import "./trust.css";

const REASONS = [
  { key: "free", icon: IconGift },
  { key: "pay", icon: IconCoin },
  { key: "fair", icon: IconScale },
  { key: "safe", icon: IconCloudCheck },
  { key: "you", icon: IconSchool },
  { key: "data", icon: IconLock },
] as const;

/** Who we are, that it costs nothing, and how to begin: for someone who fears a fraud. */
export default function TrustPage() {
  const t = trustTexts.use();
  const { data: me } = useQuery(meQuery);
  const [asked, setAsked] = useState(false);
  return (
    <div className="door">
      <DoorTop
        end={
          <LinkButton to={me ? homeOf(me) : "/login"} variant="default">
            {me ? t("mine") : t("login")}
          </LinkButton>
        }
      />
      <main className="trust">
        <div className="trust-hero">
          <h1>{t("title")}</h1>
          <p>{t("lead")}</p>
          <Button size="lg" onClick={() => setAsked(true)} aria-expanded={asked}>
            {t("learn")}
          </Button>
          {asked && (
            <p className="learn" role="status">
              {t("learnHow")}
            </p>
          )}
        </div>
        <div className="trust-grid">
          {REASONS.map(({ key, icon: Icon }) => (
            <section key={key} className="card">
              <Icon size={28} stroke={1.5} aria-hidden />
              <div>
                <h2>{t(key)}</h2>
                <p>{t(`${key}Text`)}</p>
              </div>
            </section>
          ))}
        </div>
      </main>
    </div>
  );
}
