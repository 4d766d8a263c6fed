import { baseTexts } from "./texts-base";

/** A login and its one-time code, large enough to be read out. */
export function OneTimeCode({ login, code }: { login?: string; code: string | null }) {
  const t = baseTexts.use();
  return (
    <div className="code-note">
      {login && (
        <p>
          {t("loginLabel")}: <strong>{login}</strong>
        </p>
      )}
      {code && (
        <>
          <p>{t("codeLabel")}</p>
          <b>{code}</b>
          <p className="muted small">{t("codeHint")}</p>
        </>
      )}
    </div>
  );
}
