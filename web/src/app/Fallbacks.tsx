import { Button } from "@mantine/core";
import { type ErrorComponentProps } from "@tanstack/react-router";
import { ApiError } from "../api/errors";
import { LinkButton } from "../ui/LinkButton";
import { Empty, Notice, sentenceOf } from "../ui/State";
import { shellTexts } from "./shell-texts";

/** An address that leads nowhere. */
export function Missing() {
  const t = shellTexts.use();
  return (
    <div className="page">
      <Empty
        action={
          <LinkButton to="/">
            {t("home")}
          </LinkButton>
        }
      >
        <h1>{t("missingTitle")}</h1>
        {t("missingText")}
      </Empty>
    </div>
  );
}

/** A page that threw: say why, offer to try again. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const t = shellTexts.use();
  const forbidden = error instanceof ApiError && error.status === 403;
  const stale = error instanceof TypeError;
  return (
    <div className="page">
      <h1>{t("failedTitle")}</h1>
      <Notice
        tone="error"
        end={
          <Button variant="default" size="compact-sm" onClick={() => (stale ? location.reload() : reset())}>
            {stale ? t("refresh") : t("again")}
          </Button>
        }
      >
        {forbidden ? t("forbidden") : sentenceOf(error)}
      </Notice>
    </div>
  );
}
