import { defineTexts } from "../../app/i18n";

export const baseTexts = defineTexts("base", {
  "zh-CN": {
    title: "人员", add: "加一个人", roster: "用花名册批量加", link: "报名链接", all: "所有人", search: "名字、手机号",
    empty: "这里还没有人。先加一个,或者把花名册传上来。", nothing: "没有找到。换个名字试试。",
    name: "名字", pseudonym: "工号", login: "登录名", phone: "手机号", roles: "角色", state: "状态", seen: "上次来", never: "还没来过", base: "基地",
    "role.worker": "训练师", "role.lead": "组长", "role.manager": "基地管理员", "role.teacher": "老师", "role.client": "甲方", "role.trainer": "算法训练师", "role.viewer": "县里/公益", "role.admin": "平台管理员",
    "state.active": "在用", "state.pending": "等通过", "state.closed": "停用", "state.locked": "锁住了", mustChange: "还没换密码",
    role: "角色", tenant: "在哪里", loginHint: "手机号和登录名至少填一个。", legalName: "身份证上的名字", legalNameHint: "加密单独存,看的人都有记录。", language: "页面语言",
    create: "加上", createdTitle: "{{name}} 加好了", codeLabel: "第一次登录用的码", codeHint: "念给她或写给她。只显示这一次,登录后她会换成自己的密码。", loginLabel: "登录用",
    resetTitle: "给 {{name}} 一个新的码?", resetText: "她现在的密码会失效,所有地方都要重新登录。", reset: "给新的码", resetDone: "{{name}} 的新码",
    closeTitle: "停用 {{name}}?", closeText: "她不能再登录。做过的活和记录都留着。", close: "停用", closed: "{{name}} 停用了", letIn: "让她进来", letInDone: "{{name}} 可以干活了",
    grant: "加角色", revoke: "收回", edit: "改", save: "保存", skills: "技能", noSkills: "还没有技能记录。", skill: "技能代码", level: "等级", until: "到 {{date}}", forever: "长期", addSkill: "加技能", from: "来源 {{source}}", detail: "{{name}}",
    rosterTitle: "花名册", rosterText: "一行一个人的 Excel 文件(.xlsx)。有错的行会列出来,其余的照样加。", rosterPick: "选文件", rosterAdded_other: "加了 {{count}} 个人", rosterWrong_other: "{{count}} 行没有加", rosterRow: "第 {{row}} 行", rosterCodes: "登录名和码(只显示这一次)", rosterTemplate: "下载模板", rosterRole: "都加成", rosterSend: "传上来",
    linkTitle: "报名链接", linkText: "把链接发给要报名的人,打开就能填。谁拿到都能用,所以到期自动失效。", linkDays: "几天有效", linkUses: "最多几个人", linkMake: "做一个链接", linkActive: "现在有效的", linkUntil: "到 {{date}} 为止,用了 {{used}}/{{max}}", linkStop: "作废", linkStopped: "作废了", linkLabel: "链接", linkNone: "没有有效的链接。",
  },
  en: {
    title: "People", add: "Add a person", roster: "Add many by roster", link: "Enrolment link", all: "Everybody", search: "Name or phone",
    empty: "Nobody here yet. Add somebody, or send up a roster.", nothing: "Nobody found. Try another name.",
    name: "Name", pseudonym: "Work name", login: "Login", phone: "Phone", roles: "Roles", state: "State", seen: "Last here", never: "never yet", base: "Base",
    "role.worker": "Worker", "role.lead": "Team lead", "role.manager": "Base manager", "role.teacher": "Teacher", "role.client": "Client", "role.trainer": "AI trainer", "role.viewer": "County / NGO", "role.admin": "Platform admin",
    "state.active": "active", "state.pending": "waiting to be let in", "state.closed": "closed", "state.locked": "locked", mustChange: "password not yet changed",
    role: "Role", tenant: "Where", loginHint: "A phone number or a login name is needed.", legalName: "Name on the ID card", legalNameHint: "Kept apart and encrypted; every look is on record.", language: "Language of the pages",
    create: "Add", createdTitle: "{{name}} is added", codeLabel: "Code for the first login", codeHint: "Read it out or write it down. It is shown only this once; she will choose her own password.", loginLabel: "Logs in as",
    resetTitle: "Give {{name}} a new code?", resetText: "Her present password ends, and she must log in again everywhere.", reset: "Give a new code", resetDone: "New code of {{name}}",
    closeTitle: "Close the account of {{name}}?", closeText: "She can no longer log in. Her work and records stay.", close: "Close", closed: "The account of {{name}} is closed", letIn: "Let her in", letInDone: "{{name}} may work now",
    grant: "Give a role", revoke: "Take back", edit: "Edit", save: "Save", skills: "Skills", noSkills: "No skills on record yet.", skill: "Skill code", level: "Level", until: "until {{date}}", forever: "no end", addSkill: "Add skill", from: "from {{source}}", detail: "{{name}}",
    rosterTitle: "Roster", rosterText: "An Excel file (.xlsx) with one person a row. Rows with mistakes are listed; the others are added.", rosterPick: "Choose file", rosterAdded_one: "{{count}} person added", rosterAdded_other: "{{count}} people added", rosterWrong_one: "{{count}} row was not added", rosterWrong_other: "{{count}} rows were not added", rosterRow: "Row {{row}}", rosterCodes: "Logins and codes (shown only this once)", rosterTemplate: "Template", rosterRole: "Add them as", rosterSend: "Send",
    linkTitle: "Enrolment link", linkText: "Send the link to those who want to enrol. Anybody who has it can use it, so it ends by itself.", linkDays: "Valid for days", linkUses: "For how many people", linkMake: "Make a link", linkActive: "Valid now", linkUntil: "until {{date}}, used {{used}}/{{max}}", linkStop: "End it", linkStopped: "The link is ended", linkLabel: "Link", linkNone: "No valid link.",
  },
});
