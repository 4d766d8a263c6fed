import { lazy, Suspense, useEffect } from "react";
import type { Me } from "../../api/me";
import type { Room } from "../image/room";
import { Findings } from "./Findings";
import { ObjectMenu } from "./ObjectMenu";
import { RoomContext, useDesk } from "./hooks";
import { Rail } from "./Rail";
import { Side } from "./Side";
import { Stage } from "./Stage";
import { StatusBar } from "./StatusBar";
import { TopBar } from "./TopBar";
import "./workbench.css";

const Dialogs = lazy(() => import("./Dialogs"));
const Candidates = lazy(() => import("./Candidates"));

/** One task, one screen: bar, tool strip, stage, panel, status. */
export function BenchRoom({ room, me }: { room: Room; me: Me }) {
  return (
    <RoomContext.Provider value={room}>
      <Layout me={me} />
    </RoomContext.Provider>
  );
}

function Layout({ me }: { me: Me }) {
  const desk = useDesk();
  const { state } = desk;
  const { line } = desk.outbox.state;
  const asksLogin = line === "other_account" || (line === "login" && !state.loginLater);

  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      desk.touch();
      // Inside panels and dialogs Tab and the arrows belong to the browser.
      const inside = event.target instanceof HTMLElement && event.target.closest(".wb-side, dialog, .wb-bar, .wb-menu") !== null;
      if (inside && (/^(Tab|Arrow|Enter|Space|Home|End|Page)/.test(event.code))) return;
      if (state.dialog !== null && event.code !== "Escape" && !/^F\d/.test(event.code)) return;
      if (desk.registry.handle(event, desk)) event.preventDefault();
    };
    const touch = (): void => desk.touch();
    window.addEventListener("keydown", key);
    window.addEventListener("pointerdown", touch);
    return () => {
      window.removeEventListener("keydown", key);
      window.removeEventListener("pointerdown", touch);
    };
  }, [desk, state.dialog]);

  return (
    <div className="wb" data-mode={state.task?.mode ?? "none"} data-veiled={state.veiled || undefined}>
      <TopBar />
      <div className="wb-wrap">
        <Rail />
        <div className="wb-middle">
          <Stage />
          <Findings />
          {state.compare && state.task ? <Suspense fallback={null}><Candidates /></Suspense> : null}
        </div>
        {state.panel ? <Side /> : null}
      </div>
      <StatusBar />
      <ObjectMenu />
      <Suspense fallback={null}>{state.dialog !== null || asksLogin ? <Dialogs me={me} /> : null}</Suspense>
    </div>
  );
}
