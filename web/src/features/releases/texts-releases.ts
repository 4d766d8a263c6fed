import { defineTexts } from "../../app/i18n";

export const releaseTexts = defineTexts("releases", {
  "zh-CN": {
    make: "发布一版", makeText: "把现在通过的结果定下来,编上号,以后不会变。没通过的不进来。", name: "叫什么", notes: "说明", notesHint: "给用数据的人看:有什么、缺什么、注意什么。", go: "发布",
    empty: "还没有发布过。等有通过的结果,就可以发布第一版。", version: "第 {{number}} 版", items_other: "{{count}} 个文件", marks_other: "{{count}} 个标注", "state.making": "正在做", "state.ready": "做好了", "state.failed": "没做成", 
    card: "数据卡", compare: "和别的版本比", compareWith: "和哪一版比", format: "格式", choose: "选一个版本,在这里看它。", files: "原样的文件", manifest: "清单指纹", formatsText: "导出会先检查这种格式装不装得下,装不下的先告诉你。", makeExport: "导出", exports: "导出过的", noExports: "还没有导出过。",
    "export.queued": "正在写", "export.ready": "好了", "export.refused": "会丢东西", "export.failed": "没写成", get: "下载", lossTitle: "导出会丢掉一些东西", lossText: "{{format}} 装不下下面这些。要继续吗?", lossGo: "丢了也要", lossCount: "多少", lossWhat: "会丢什么", lossExamples: "比如", lossNone: "什么都没丢。", lossSome: "丢了什么", size: "{{size}}",
    added: "多了", removed: "少了", changed: "改了", same: "没变", classes: "每类标注数", class: "类别", before: "第 {{number}} 版", examples: "比如:{{names}}", cardTitle: "数据卡", 
  },
  en: {
    make: "Release", makeText: "Fixes what is accepted now under a number; it never changes afterwards. What is not accepted stays out.", name: "Name it", notes: "Notes", notesHint: "For those who use the data: what is in it, what is missing, what to watch.", go: "Release",
    empty: "Nothing released yet. The first version can be made as soon as results are accepted.", version: "Version {{number}}", items_one: "{{count}} file", items_other: "{{count}} files", marks_one: "{{count}} mark", marks_other: "{{count}} marks", "state.making": "being made", "state.ready": "ready", "state.failed": "failed", 
    card: "Data card", compare: "Compare with another version", compareWith: "With which", format: "Format", choose: "Choose a version to see it here.", files: "Files as they are", manifest: "Fingerprint of the manifest", formatsText: "Before anything is written, it is checked what the format cannot hold, and you are told.", makeExport: "Export", exports: "Exports", noExports: "Nothing exported yet.",
    "export.queued": "being written", "export.ready": "ready", "export.refused": "would lose something", "export.failed": "failed", get: "Download", lossTitle: "The export would lose something", lossText: "{{format}} cannot hold what is listed here. Go on?", lossGo: "Export all the same", lossCount: "How many", lossWhat: "What is lost", lossExamples: "For example", lossNone: "Nothing was lost.", lossSome: "What was lost", size: "{{size}}",
    added: "added", removed: "removed", changed: "changed", same: "the same", classes: "Marks per class", class: "Class", before: "Version {{number}}", examples: "For example: {{names}}", cardTitle: "Data card", 
  },
});
