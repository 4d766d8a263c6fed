import { api, request } from "../../../api/client";
import type { Place, Refused, Transport } from "./sender";

/** The upload endpoints of the data room. */
export const transport: Transport = {
  open: async (dataset) => (await api.post<{ id: string }>(`/data/datasets/${dataset}/uploads`)).id,
  announce: (upload, files) => api.post<{ files: Place[]; problems: Refused[] }>(`/data/uploads/${upload}/files`, { files }),
  send: async (upload, file, offset, part, signal) => {
    const response = await request("PUT", `/data/uploads/${upload}/files/${file}`, part, {
      query: { offset }, headers: { "Content-Type": "application/octet-stream" }, signal,
    });
    return (await response.json()) as { received: number; complete: boolean };
  },
  commit: (upload, listKind) => api.post<{ id: string }>(`/data/uploads/${upload}/commit`, { list_kind: listKind }),
  drop: (upload) => api.delete(`/data/uploads/${upload}`),
};
