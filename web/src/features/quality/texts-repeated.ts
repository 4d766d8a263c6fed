import { defineTexts } from "../../app/i18n";

export const repeatedTexts = defineTexts("repeated", {
  "zh-CN": {
    title: "问了又问的", text: "好几个人问差不多的事,多半是要求没写清楚。写进要求,问过的人就都有了回答,以后也不会再问。", people_other: "{{count}} 个人问过", times_other: "共 {{count}} 次", write: "写进要求",
    dialogTitle: "写进要求", paragraph: "加进要求的话", where: "放在哪一节后面", end: "最后", changed: "这次改了什么(大家干活前会看到)", answers_other: "没回答的 {{count}} 个问题会用这段话回答。", save: "写进去,发新版本", saved: "写进要求第 {{version}} 版了。",
  },
  en: {
    title: "Asked again and again", text: "When several people ask much the same, the guideline is mostly unclear. Written into it, everybody who asked has an answer, and nobody needs to ask again.", people_one: "asked by {{count}} person", people_other: "asked by {{count}} people", times_one: "{{count}} time", times_other: "{{count}} times", write: "Put into the guideline",
    dialogTitle: "Put into the guideline", paragraph: "What is added", where: "At the end of which section", end: "The very end", changed: "What is new (everybody reads it before going on)", answers_one: "{{count}} open question is answered with it.", answers_other: "{{count}} open questions are answered with it.", save: "Write it, as a new version", saved: "It is in version {{version}} of the guideline.",
  },
});
