import { Button, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { uiTexts } from "./ui-texts";

/** A value to hand on (link, code, token) with its copy button; works over plain HTTP too, where there is no clipboard API. */
export function Copy({ value, label }: { value: string; label: string }) {
  const t = uiTexts.use();
  const field = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<"copied" | "byHand" | null>(null);

  async function copy() {
    field.current?.focus();
    field.current?.select();
    try {
      if (!navigator.clipboard) throw new DOMException("no clipboard here", "NotAllowedError");
      await navigator.clipboard.writeText(value);
      setOutcome("copied");
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // On a LAN address without TLS the old command is the only way.
      setOutcome(document.execCommand("copy") ? "copied" : "byHand");
    }
  }

  return (
    <div className="row" style={{ alignItems: "flex-end" }}>
      <TextInput ref={field} className="grow" label={label} value={value} readOnly description={outcome === "byHand" ? t("copyByHand") : undefined} />
      <Button variant="default" onClick={() => void copy()}>
        {outcome === "copied" ? t("copied") : t("copy")}
      </Button>
    </div>
  );
}
