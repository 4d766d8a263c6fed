import "./app/mantine";
import "./app/tokens.css";
import "./app/base.css";
import "./ui/ui.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { embeddedMe, meQuery } from "./api/me";
import { startContrast } from "./app/contrast";
import { queryClient } from "./app/query";
import { router } from "./app/router";
import { cssVariables, theme } from "./app/theme";
import { preloadWorkbench } from "./app/WorkbenchMount";

// The bench's CSS rides with the shell's: a file of its own would be one more request before the first picture.
import.meta.glob("./workbench/**/*.css", { eager: true });
const known = embeddedMe();
if (/^\/(work|review)(\/|$)/.test(location.pathname)) preloadWorkbench(known?.id);

startContrast();
if (known !== undefined) queryClient.setQueryData(meQuery.queryKey, known);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} forceColorScheme="light">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
