import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { Role } from "../../api/me";
import type { Schemas } from "../../api/types";
import { LANGUAGES } from "../../app/i18n";
import { LANGUAGE_NAMES } from "../../app/shell-texts";
import { Dialog } from "../../ui/Dialog";
import { OneTimeCode } from "./OneTimeCode";
import { ROLES_IN, usePeopleAction } from "./people";
import { baseTexts } from "./texts-base";

interface Props {
  tenant: { id: string; kind: string; name: string } | null;
  onClose: () => void;
}

const BLANK = { display_name: "", phone: "", login_name: "", legal_name: "", language: "zh-CN" };

/** One new account; afterwards the code for the first login, shown once. */
export function NewPersonDialog({ tenant, onClose }: Props) {
  const t = baseTexts.use();
  const roles = ROLES_IN[tenant?.kind ?? "base"] ?? [];
  const [fields, setFields] = useState(BLANK);
  const [role, setRole] = useState<Role>(roles[0] ?? "worker");
  const create = usePeopleAction(() =>
    api.post<Schemas["CreatedOut"]>("/people/persons", { ...fields, tenant: tenant?.id, role }),
  );
  const says = (field: string) => (create.error instanceof ApiError ? create.error.forField(field) : null);
  const set = (field: keyof typeof BLANK) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setFields((before) => ({ ...before, [field]: value }));
  };

  if (create.data) {
    return (
      <Dialog open title={t("createdTitle", { name: fields.display_name })} onClose={onClose}>
        <OneTimeCode login={create.data.login} code={create.data.code} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open title={t("add")} onClose={onClose} action={t("create")} onAction={() => create.mutate(undefined)} busy={create.isPending}
      disabled={!tenant || !fields.display_name.trim()} error={create.error}
    >
      <TextInput label={t("name")} value={fields.display_name} onChange={set("display_name")} error={says("display_name")} data-autofocus required />
      <div className="row" style={{ alignItems: "flex-start" }}>
        <TextInput className="grow" label={t("phone")} value={fields.phone} onChange={set("phone")} error={says("phone")} inputMode="tel" />
        <TextInput className="grow" label={t("login")} value={fields.login_name} onChange={set("login_name")} error={says("login_name")} />
      </div>
      <span className="muted small">{t("loginHint")}</span>
      <div className="row" style={{ alignItems: "flex-start" }}>
        <NativeSelect className="grow" label={t("role")} value={role} onChange={(e) => setRole(e.currentTarget.value as Role)} data={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))} />
        <NativeSelect className="grow" label={t("language")} value={fields.language} onChange={set("language")} data={LANGUAGES.map((l) => ({ value: l, label: LANGUAGE_NAMES[l] }))} />
      </div>
      <TextInput label={t("legalName")} description={t("legalNameHint")} value={fields.legal_name} onChange={set("legal_name")} error={says("legal_name")} />
    </Dialog>
  );
}
