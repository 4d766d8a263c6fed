import { bounds } from "../core/geometry";
import type { TaskComment } from "../outbox/wire";
import { talkTexts } from "../texts-talk";
import { useBench, useDesk, useRoom } from "./hooks";

const NEAR = 20;

/** What people said about this picture, with the number of its pin; a click shows the place. */
export function Comments() {
  const t = talkTexts.use();
  const bench = useBench();
  const desk = useDesk();
  const { account } = useRoom();
  const { comments } = desk.state;
  if (comments.length === 0) return null;
  const go = (comment: TaskComment): void => {
    const mark = bench.store.mark(comment.mark ?? "");
    const [x, y] = comment.place ?? [];
    const at = x !== undefined && y !== undefined ? { x0: x - NEAR, y0: y - NEAR, x1: x + NEAR, y1: y + NEAR } : mark ? bounds(mark.geometry) : null;
    if (at) desk.goTo({ ...(mark ? { mark: mark.id } : {}), place: at });
  };
  return (
    <section className="wb-sec wb-comments" aria-label={t("comments", { count: comments.length })}>
      <h2>{t("comments", { count: comments.length })}</h2>
      <ul>
        {comments.map((comment, i) => (
          <li key={comment.id ?? i}>
            <button type="button" title={comment.place ? undefined : t(comment.mark ? "toMark" : "whole")} onClick={() => go(comment)}>
              <span className="wb-pin" aria-hidden="true">{i + 1}</span>
              <span>{comment.by === undefined || comment.by === account ? <b>{t("mine")} </b> : null}{comment.text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
