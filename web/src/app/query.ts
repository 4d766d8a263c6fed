import { QueryClient } from "@tanstack/react-query";
import { ApiError, LineError } from "../api/errors";

/** One cache for the page. A dropped line is tried again; an answer of the server is final. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => (error instanceof LineError || (error instanceof ApiError && error.status >= 502)) && count < 3,
      refetchOnWindowFocus: true,
      // "Offline" of the browser is unreliable on a LAN without internet: always ask, the answer tells.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
