import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { ApiError } from "../api/errors";
import { isOver, type Job } from "../api/jobs";
import { useMe } from "../api/me";
import { notice } from "../ui/toasts";
import { uiTexts } from "../ui/ui-texts";
import { isShown, unwatch, watchedBy, type Watched } from "../ui/watched-jobs";

const LOOK_MS = 5_000;

/** Tells a person on whatever page she is that long work which she began and left is over. */
export function JobNotices() {
  const t = uiTexts.use();
  const me = useMe();
  useQuery({
    queryKey: ["jobs", "watched", me.id],
    refetchInterval: LOOK_MS,
    queryFn: async () => {
      for (const one of watchedBy(me.id)) if (!isShown(one.id)) await look(one);
      return null;
    },
  });

  async function look(one: Watched): Promise<void> {
    let job: Job;
    try {
      job = await api.get<Job>(`/jobs/${one.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) unwatch(me.id, one.id);
      return;
    }
    if (!isOver(job.state)) return;
    unwatch(me.id, one.id);
    notice(`${one.title}: ${t(`job.${job.state}`)}`, { word: t("job.look"), path: one.path });
  }
  return null;
}
