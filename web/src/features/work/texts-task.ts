import { defineTexts } from "../../app/i18n";

/** One task with its history, and what is done to many at once. */
export const taskTexts = defineTexts("task", {
  "zh-CN": {
    open: "看这道题", revision: "第 {{n}} 次", "mode.work": "做的", "mode.rework": "改的", "mode.fix": "检查员改的", "mode.arbitrate": "仲裁的", "mode.import": "文件带来的", "mode.consensus": "几份合成的", "mode.known": "标准题", nobody: "文件",
    versions: "要求第 {{guideline}} 版 · 标签体系第 {{schema}} 版", late: "交晚了", marksCount_other: "标了 {{count}} 个",
    compare: "和哪一份比", compareNone: "不比", added_other: "新增 {{count}} 个", removed_other: "去掉 {{count}} 个", changed_other: "改了 {{count}} 个", same: "两份一样", legendAdded: "新增", legendRemoved: "去掉的", legendBefore: "原来的样子",
    whole: "整张图", "field.geometry": "位置", "field.label": "类别", "field.attrs": "属性", "field.other": "其他", changedMark: "{{name}}:{{fields}}",
    "verdict.accept": "检查通过", "verdict.fix": "检查员改好", "verdict.reject": "退回", rule: "要求 {{rule}}", answers: "交过的", noAnswers: "还没有人交。", checks: "检查", comments: "留言", skips: "谁跳过了", holds: "在谁手上",
    "holds.work": "正在做", "holds.review": "正在检查", "holds.arbitrate": "正在仲裁", "holds.known": "正在做", until: "到 {{time}}",
    "skip.broken": "图片坏了", "skip.unclear": "看不清", "skip.wrong_item": "不是这个项目的图", "skip.not_in_scope": "不该在这个项目里", "skip.sensitive": "有隐私,或者看了不舒服", "skip.other": "别的原因",
    pictureOf: "{{name}} 标的", noPicture: "这种数据这里还看不了,数字和检查在右边。",
    park: "搁下", parked_other: "{{count}} 张搁下了,不发给人", moreActions: "别的", all: "选符合条件的全部题", allChosen: "符合条件的全部题", doingMany: "做了 {{done}} 张", stop: "停", stopped: "停下了。已经做了 {{done}} 张。", reopenSome: "打开了 {{changed}} 张;{{refused}} 张没有交的,或者正在检查。",
    notQualified: "(没有要求的技能)", previous: "上一张", next: "下一张", undoQuestion: "对 {{what}} 做这件事,一共可能很多张。确定吗?", reallyTitle: "对符合条件的全部题", really: "做",
  },
  en: {
    open: "Look at this task", revision: "no. {{n}}", "mode.work": "worked", "mode.rework": "redone", "mode.fix": "fixed by the reviewer", "mode.arbitrate": "arbitrated", "mode.import": "came with a file", "mode.consensus": "made of several", "mode.known": "known task", nobody: "a file",
    versions: "guideline {{guideline}} · schema {{schema}}", late: "came late", marksCount_one: "{{count}} mark", marksCount_other: "{{count}} marks",
    compare: "Compare with", compareNone: "nothing", added_one: "{{count}} added", added_other: "{{count}} added", removed_one: "{{count}} removed", removed_other: "{{count}} removed", changed_one: "{{count}} changed", changed_other: "{{count}} changed", same: "The two are the same", legendAdded: "added", legendRemoved: "removed", legendBefore: "as it was",
    whole: "the whole picture", "field.geometry": "place", "field.label": "class", "field.attrs": "attributes", "field.other": "other", changedMark: "{{name}}: {{fields}}",
    "verdict.accept": "accepted", "verdict.fix": "fixed by the reviewer", "verdict.reject": "returned", rule: "rule {{rule}}", answers: "Handed in", noAnswers: "Nobody has handed it in yet.", checks: "Checks", comments: "Comments", skips: "Skipped by", holds: "In hand of",
    "holds.work": "working", "holds.review": "reviewing", "holds.arbitrate": "deciding", "holds.known": "working", until: "until {{time}}",
    "skip.broken": "the picture is broken", "skip.unclear": "cannot be seen clearly", "skip.wrong_item": "not of this project", "skip.not_in_scope": "does not belong here", "skip.sensitive": "private, or hard to look at", "skip.other": "something else",
    pictureOf: "Marked by {{name}}", noPicture: "This kind of data cannot be shown here yet; figures and checks are on the right.",
    park: "Put aside", parked_one: "{{count}} put aside, given to nobody", parked_other: "{{count}} put aside, given to nobody", moreActions: "More", all: "Choose all that match", allChosen: "All that match", doingMany: "{{done}} done", stop: "Stop", stopped: "Stopped. {{done}} were done.", reopenSome: "{{changed}} reopened; {{refused}} had nothing to open or are being reviewed.",
    notQualified: "(lacks a skill)", previous: "Previous", next: "Next", undoQuestion: "This is done to {{what}}; it may be many. Go on?", reallyTitle: "All tasks that match", really: "Do it",
  },
});
