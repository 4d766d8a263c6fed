import { defineTexts } from "../../app/i18n";

export const recordTexts = defineTexts("records", {
  "zh-CN": {
    title: "我的质量", account: "我的账号", project: "项目", none: "还没有检查过你的活。检查员看过的,会在这里一张一张写清楚:算了什么、算了几张。",
    soFar: "这周到现在", soFarText_other: "查了 {{count}} 张,{{right}} 张没问题", soFarNone: "这周还没有查到你的活", moving: "数字还在动,不作任何结论。", pending_other: "{{count}} 张在等申诉结果,先不算。",
    last: "上一周", lastText_other: "查了 {{count}} 张,{{right}} 张没问题,比例在 {{low}} 到 {{high}} 之间", lastNone: "没有查到",
    fair: "怎么才算不合格:一周结束后,区间的上限也低于合格线 {{line}},才算。差一点、运气不好,都不算,也不扣钱。", isBelow: "这一周连区间上限都低于合格线 {{line}},组长会来和你一起看。", notBelow: "没有低于合格线",
    checked: "你的活抽查多少", checkedShare: "{{share}}", raisedUntil: "{{date}} 前多查一些", basis_other: "依据:最近几周查过的 {{count}} 张里 {{right}} 张没问题",
    "reason.newcomer": "查过的还不到 30 张,先都看看。查得多不是不信你,是还不了解你。", "reason.proven": "区间下限都过了合格线,只抽查很少。", "reason.likely": "比例过了合格线,再多几张就能证明。", "reason.doubtful": "还说不准,多查一些。", "reason.below": "这几周低于合格线,都看看,帮你找出哪里不对。", "reason.same": "这个项目对每个人抽查得一样多。",
    chart: "每周没问题的比例", chartEmpty: "等第一周结束,这里就有图。", line: "合格线", weekHead: "周", totalHead: "查了", passedHead: "没问题", fixedHead: "改过", returnedHead: "退回", goldHead: "考核题", shareHead: "比例(95% 区间)", stateHead: "结果",
    weekOf: "{{date}} 起", running: "还没结束", closed: "没有低于合格线", below: "低于合格线", corrected: "申诉后改过", overturned_other: "其中 {{count}} 张申诉后改判", minorNote_other: "其中 {{count}} 张只是小毛病,算没问题", goldOf: "{{right}}/{{count}}", range: "{{value}}({{low}}–{{high}})",
    grounds: "这一周算了哪些", showGrounds: "看算了哪些", noGrounds: "这一周没有检查过的。", when: "检查时间", counts: "怎么算", what: "说了什么",
    "counts.passed": "没问题", "counts.minor": "小毛病,算没问题", "counts.fixed": "改过", "counts.returned": "退回", "counts.overturned": "申诉改判:没问题", "counts.pending": "等申诉结果,先不算",
    rule: "要求 {{rule}}", goldNote: "考核题混在普通题里,只在一周结束后告诉你做对几道,不说是哪几道。",
  },
  en: {
    title: "My quality", account: "My account", project: "Project", none: "None of your work has been checked yet. What a reviewer has looked at will be here, one by one: what counted, and on how many.",
    soFar: "This week so far", soFarText_one: "{{count}} checked, {{right}} right", soFarText_other: "{{count}} checked, {{right}} right", soFarNone: "nothing of yours was checked this week", moving: "These figures still move; nothing follows from them.", pending_one: "{{count}} waits for an appeal and is not counted yet.", pending_other: "{{count}} wait for an appeal and are not counted yet.",
    last: "Last week", lastText_one: "{{count}} checked, {{right}} right; the share lies between {{low}} and {{high}}", lastText_other: "{{count}} checked, {{right}} right; the share lies between {{low}} and {{high}}", lastNone: "nothing was checked",
    fair: "When it counts against you: only when, after a week has ended, even the upper end of the interval lies below the line of {{line}}. A near miss or bad luck never does, and no pay is held back.", isBelow: "This week even the upper end lies below the line of {{line}}; your lead will look at it with you.", notBelow: "not below the line",
    checked: "How much of your work is checked", checkedShare: "{{share}}", raisedUntil: "more until {{date}}", basis_one: "rests on the last weeks: {{right}} of {{count}} right", basis_other: "rests on the last weeks: {{right}} of {{count}} right",
    "reason.newcomer": "Fewer than 30 were checked so far, so all are looked at. That is not distrust; we do not know your work yet.", "reason.proven": "Even the lower end is above the line: only a few are checked.", "reason.likely": "The share is above the line; a few more will prove it.", "reason.doubtful": "It cannot be told yet; more are checked.", "reason.below": "These weeks were below the line: all are looked at, to find out with you what goes wrong.", "reason.same": "This project checks the same share of everybody's work.",
    chart: "Right, week by week", chartEmpty: "The chart comes with the end of the first week.", line: "line", weekHead: "Week", totalHead: "Checked", passedHead: "Right", fixedHead: "Fixed", returnedHead: "Returned", goldHead: "Known tasks", shareHead: "Share (95 % interval)", stateHead: "Result",
    weekOf: "from {{date}}", running: "still running", closed: "not below the line", below: "below the line", corrected: "corrected after an appeal", overturned_one: "{{count}} of them after an appeal", overturned_other: "{{count}} of them after appeals", minorNote_one: "{{count}} of them only small things; counts as right", minorNote_other: "{{count}} of them only small things; count as right", goldOf: "{{right}}/{{count}}", range: "{{value}} ({{low}}–{{high}})",
    grounds: "What was counted this week", showGrounds: "What was counted", noGrounds: "Nothing was checked this week.", when: "Checked", counts: "Counts as", what: "What was said",
    "counts.passed": "right", "counts.minor": "small things; right", "counts.fixed": "fixed", "counts.returned": "returned", "counts.overturned": "right after an appeal", "counts.pending": "waits for an appeal; not counted",
    rule: "rule {{rule}}", goldNote: "Known tasks are hidden among ordinary ones. When a week has ended you are told how many were right, not which they were.",
  },
});
