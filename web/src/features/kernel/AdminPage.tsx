import { Tabs } from "@mantine/core";
import { hasRole, useMe } from "../../api/me";
import "../../ui/management";
import { AuditTab } from "./AuditTab";
import { JobsTab } from "./JobsTab";
import { PlatformTab } from "./PlatformTab";
import { TenantsTab } from "./TenantsTab";
import { WebhooksTab } from "./WebhooksTab";
import { adminTexts } from "./texts-admin";

/** Tenants, the audit trail, webhooks, background work, backups: for the platform, and in part for each tenant. */
export default function AdminPage() {
  const t = adminTexts.use();
  const me = useMe();
  const admin = hasRole(me, "admin");
  const audits = admin || hasRole(me, "manager");
  return (
    <div className="page fill">
      <div className="page-head">
        <h1>{t("title")}</h1>
      </div>
      <Tabs defaultValue={admin ? "tenants" : "webhooks"} keepMounted={false} className="tabs-fill">
        <Tabs.List>
          {admin && <Tabs.Tab value="tenants">{t("tenants")}</Tabs.Tab>}
          {audits && <Tabs.Tab value="audit">{t("audit")}</Tabs.Tab>}
          <Tabs.Tab value="webhooks">{t("webhooks")}</Tabs.Tab>
          <Tabs.Tab value="jobs">{t("jobs")}</Tabs.Tab>
          {admin && <Tabs.Tab value="platform">{t("platform")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="tenants"><TenantsTab /></Tabs.Panel>
        <Tabs.Panel value="audit"><AuditTab /></Tabs.Panel>
        <Tabs.Panel value="webhooks"><WebhooksTab /></Tabs.Panel>
        <Tabs.Panel value="jobs"><JobsTab /></Tabs.Panel>
        <Tabs.Panel value="platform"><PlatformTab /></Tabs.Panel>
      </Tabs>
    </div>
  );
}
