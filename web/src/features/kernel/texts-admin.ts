import { defineTexts } from "../../app/i18n";

export const adminTexts = defineTexts("admin", {
  "zh-CN": {
    title: "管理", tenants: "基地和甲方", audit: "操作记录", webhooks: "回调", jobs: "后台任务",
    name: "名字", kind: "类型", state: "状态", active: "在用", closed: "停用", add: "加一个", addTenant: "加基地或甲方", rename: "改名", closeTenant: "停用", reopen: "恢复",
    "kind.base": "基地", "kind.client": "甲方", "kind.county": "县里", "kind.platform": "平台",
    closeTitle: "停用 {{name}}?", closeText: "里面的人不能再干活、看数据。数据都留着,可以恢复。", tenantClosed: "{{name}} 停用了",
    at: "时间", who: "谁", action: "做了什么", thing: "对什么", details: "细节", anyAction: "所有操作", filterWho: "人的编号", filterThing: "对象,比如 project:…", auditEmpty: "没有符合的记录。", auditText: "只能加,不能改。每一条都和前一条连着算过指纹,改动过会被发现。",
    where: "哪一家", hooksText: "有事情发生时,豆荚把消息发到你们的地址,带签名,发不到会再试。", hooksEmpty: "还没有回调。填一个你们服务器的地址。", url: "地址", urlHint: "https 开头的公网地址。", events: "什么事", allEvents: "所有的事", addHook: "加回调", secretTitle: "签名用的密钥", secretText: "现在就抄下来,只显示这一次。你们用它核对消息是不是豆荚发的(Standard Webhooks)。", secret: "密钥", on: "开着", off: "关着", test: "试发一条", tested: "发出去了,看下面的记录", log: "发送记录", renew: "换密钥", remove: "删掉", removeTitle: "删掉这个回调?", removeText: "发送记录也会删掉。", logEmpty: "还没有发过。", event: "事情", tries: "试了几次", answer: "对方回答", again: "再发一次", "delivery.waiting": "等着发", "delivery.delivered": "发到了", "delivery.failed": "没发到", next: "{{date}} 再试",
    jobsEmpty: "没有后台任务。导入、导出、发布都会出现在这里。", by: "谁开的",
  },
  en: {
    title: "Administration", tenants: "Bases and clients", audit: "Audit trail", webhooks: "Webhooks", jobs: "Background work",
    name: "Name", kind: "Kind", state: "State", active: "active", closed: "closed", add: "Add", addTenant: "Add base or client", rename: "Rename", closeTenant: "Close", reopen: "Reopen",
    "kind.base": "Base", "kind.client": "Client", "kind.county": "County", "kind.platform": "Platform",
    closeTitle: "Close {{name}}?", closeText: "Its people can no longer work or see data. The data stay, and it can be reopened.", tenantClosed: "{{name}} is closed",
    at: "When", who: "Who", action: "Did what", thing: "To what", details: "Details", anyAction: "Every action", filterWho: "Id of the person", filterThing: "Thing, for example project:…", auditEmpty: "No such records.", auditText: "Records are only added, never changed. Each carries the fingerprint of the one before, so that tampering shows.",
    where: "Whose", hooksText: "When something happens, Doujia sends a signed message to your address, and tries again when it cannot be delivered.", hooksEmpty: "No webhooks yet. Enter an address of your server.", url: "Address", urlHint: "A public address that begins with https.", events: "Events", allEvents: "All events", addHook: "Add webhook", secretTitle: "Signing secret", secretText: "Copy it now; it is shown only this once. With it you check that a message is from Doujia (Standard Webhooks).", secret: "Secret", on: "on", off: "off", test: "Send a trial", tested: "Sent; see the log below", log: "Delivery log", renew: "New secret", remove: "Delete", removeTitle: "Delete this webhook?", removeText: "Its delivery log goes too.", logEmpty: "Nothing sent yet.", event: "Event", tries: "Attempts", answer: "Answer", again: "Send again", "delivery.waiting": "waiting", "delivery.delivered": "delivered", "delivery.failed": "not delivered", next: "again {{date}}",
    jobsEmpty: "No background work. Imports, exports and releases appear here.", by: "By",
  },
});
