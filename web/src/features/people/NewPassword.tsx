import { PasswordInput } from "@mantine/core";
import { useState } from "react";
import { doorTexts } from "./texts-door";

export const SHORTEST = 8;

export interface NewPasswordState {
  value: string;
  ready: boolean;
  fields: React.ReactNode;
  touch: () => void;
}

/** Two fields for a new password, with what is wrong said under the field. */
export function useNewPassword(serverSays: string | null = null): NewPasswordState {
  const t = doorTexts.use();
  const [value, setValue] = useState("");
  const [again, setAgain] = useState("");
  const [touched, setTouched] = useState(false);
  const short = value.length < SHORTEST;
  const differs = again !== value;
  const toggle = { "aria-label": t("show") };
  return {
    value,
    ready: !short && !differs,
    touch: () => setTouched(true),
    fields: (
      <>
        <PasswordInput
          label={t("newPassword")} description={t("newPasswordHint")} value={value} autoComplete="new-password"
          onChange={(e) => setValue(e.currentTarget.value)} visibilityToggleButtonProps={toggle}
          error={touched && short ? t("tooShort") : serverSays}
        />
        <PasswordInput
          label={t("repeatPassword")} value={again} autoComplete="new-password"
          onChange={(e) => setAgain(e.currentTarget.value)} visibilityToggleButtonProps={toggle}
          error={touched && !short && differs ? t("notSame") : null}
        />
      </>
    ),
  };
}
