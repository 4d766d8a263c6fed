import { useEffect, useState } from "react";
import { NoAnswer, Refused, type AskedBefore } from "../outbox/wire";
import { talkTexts } from "../texts-talk";
import { useDesk } from "./hooks";

const MANY = 6;

/** Questions of everybody in the project with the lead's answers; what is asked often need not be asked again. */
export function Asked({ project }: { project: string }) {
  const t = talkTexts.use();
  const desk = useDesk();
  const [found, setFound] = useState<AskedBefore[] | "failed" | null>(null);
  const [word, setWord] = useState("");
  useEffect(() => {
    let gone = false;
    desk.remarks.asked(project)
      .then((questions) => { if (!gone) setFound(questions); })
      .catch((error: unknown) => {
        if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
        if (!gone) setFound("failed");
      });
    return () => { gone = true; };
  }, [desk, project]);
  if (found === null) return null;
  if (found === "failed") return <p className="wb-mute">{t("askedFailed")}</p>;
  if (found.length === 0) return <p className="wb-mute">{t("askedNone")}</p>;
  const wanted = word.trim().toLowerCase();
  const shown = found.filter((q) => wanted === "" || `${q.text} ${q.answer ?? ""}`.toLowerCase().includes(wanted));
  return (
    <>
      {found.length > MANY ? <input type="search" className="wb-input" aria-label={t("askedFilter")} placeholder={t("askedFilter")} value={word} onChange={(event) => setWord(event.target.value)} /> : null}
      <ul className="wb-asked" aria-label={t("asked")}>
        {shown.map((q) => <li key={q.id}><b>{q.text}</b>{q.answer === null ? <span className="wb-mute">{t("askedNotYet")}</span> : <span>{q.answer}</span>}</li>)}
        {shown.length === 0 ? <li className="wb-mute">{t("askedNothing")}</li> : null}
      </ul>
    </>
  );
}
