import { defineTexts } from "../../app/i18n";

export const practiceTexts = defineTexts("practice", {
  "zh-CN": {
    cardTitle: "练一练", "assigned.training_other": "练习 {{count}} 题", "assigned.exam_other": "考核 {{count}} 题", "assigned.retry_other": "补练 {{count}} 题",
    "about.training": "每题做完马上告诉你哪里不对,改对了再往下走。不算工钱,也不影响评价。", "about.exam": "做完才看结果,不能跳过。", "about.retry": "每题做完马上告诉你哪里不对。练完接着干活,不扣钱,也不影响评价。",
    begin: "开始练", goOn: "接着练", soFar: "做了 {{done}}/{{size}}", forError: "练的是:{{name}}", rule: "要求 {{rule}}",
    benchName: "练习 · {{project}}", lookAndGoOn: "先看看哪里不一样,看明白了再按一次,去下一题。", noLine: "没有交上去,等一下再按一次。", wait: "正在看你的答案……", noWayBack: "练习里回不到上一题。",
  },
  en: {
    cardTitle: "Practice", "assigned.training_one": "Practise on {{count}} task", "assigned.training_other": "Practise on {{count}} tasks", "assigned.exam_one": "Exam of {{count}} task", "assigned.exam_other": "Exam of {{count}} tasks", "assigned.retry_one": "Extra practice: {{count}} task", "assigned.retry_other": "Extra practice: {{count}} tasks",
    "about.training": "After each task you are told what is not right; put it right and go on. Not paid, and not held against you.", "about.exam": "You see the result at the end; nothing can be skipped.", "about.retry": "After each task you are told what is not right. Then back to work: nothing is taken from your pay or your record.",
    begin: "Begin", goOn: "Go on", soFar: "{{done}} of {{size}} done", forError: "for: {{name}}", rule: "guideline {{rule}}",
    benchName: "Practice · {{project}}", lookAndGoOn: "Look at what differs; press once more to go on to the next task.", noLine: "It did not get through; press again in a moment.", wait: "Your answer is being looked at …", noWayBack: "There is no way back in practice.",
  },
});
