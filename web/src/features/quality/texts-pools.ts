import { defineTexts } from "../../app/i18n";

export const poolTexts = defineTexts("pools", {
  "zh-CN": {
    poolsTitle: "练习题库", pool: "题库", tasks: "题数", plan: "怎么用", planTries: "每次 {{size}} 题,每题 {{tries}} 次", planExam: "每次 {{size}} 题,对 {{share}} 通过", fill: "加题", change: "改", save: "存", saved: "存好了",
    "kind.training": "练习", "kind.exam": "考核", "kind.retry": "补练", size: "每次做几题", passShare: "对多少算通过", tries: "每题最多几次", triesHint: "还不对就看一看哪里不一样,去下一题。",
    fillTitle: "往“{{pool}}”里加题", fillText: "从检查过、仲裁过的题里抽,各个类别按比例。抽出来的只用在这里,不会混在活里。", howMany: "抽几题", filled_other: "做好了 {{count}} 道标准题",
    runsTitle: "谁在练", noRuns: "还没有人练过。点“安排练习”,选人和题库。", person: "谁", state: "状态", done: "做了", firstRight: "第一次就对", when: "安排", cancel: "取消", cancelled: "取消了",
    "run.assigned": "还没开始", "run.running": "正在练", "run.done": "练完了", "run.passed": "通过", "run.failed": "没通过", "run.cancelled": "取消了",
    assign: "安排练习", assignTitle: "给{{name}}安排练习", assigned: "安排好了,{{name}}在“今天”里看得到。", poolHas_other: "题库里有 {{count}} 题,每次做 {{size}} 题。",
    makeKnown: "做成标准题", makeKnownHint: "检查过、仲裁过的题可以做成标准题,混在活里给别人做",
    "about.training": "每题做完马上告诉她哪里不对,改对了再往下走。", "about.exam": "做完才有结果,不能跳过。", "about.retry": "每题做完马上告诉她哪里不对,练完接着干活。都不扣钱,也不影响评价。",
    assignWho: "给谁", chooseOne: "选一个人",
  },
  en: {
    poolsTitle: "Pools for practice", pool: "Pool", tasks: "Tasks", plan: "How it is used", planTries: "{{size}} a run, {{tries}} tries each", planExam: "{{size}} a run, {{share}} right to pass", fill: "Add tasks", change: "Change", save: "Save", saved: "Saved",
    "kind.training": "training", "kind.exam": "exam", "kind.retry": "retry", size: "Tasks of a run", passShare: "Share that must be right", tries: "Tries at one task", triesHint: "Still not right: she sees what differs and goes on.",
    fillTitle: "Add tasks to “{{pool}}”", fillText: "Drawn from checked and decided work, each class by its share. They are used here only and never mixed into the work.", howMany: "How many", filled_one: "{{count}} known task made", filled_other: "{{count}} known tasks made",
    runsTitle: "Who practises", noRuns: "Nobody has practised yet. Choose “Assign practice”, a person and a pool.", person: "Who", state: "State", done: "Done", firstRight: "Right at first", when: "Assigned", cancel: "Cancel", cancelled: "Cancelled",
    "run.assigned": "not begun", "run.running": "practising", "run.done": "done", "run.passed": "passed", "run.failed": "not passed", "run.cancelled": "cancelled",
    assign: "Assign practice", assignTitle: "Assign practice to {{name}}", assigned: "Assigned; {{name}} sees it on the day page.", poolHas_one: "The pool has {{count}} task; {{size}} a run.", poolHas_other: "The pool has {{count}} tasks; {{size}} a run.",
    makeKnown: "Make known tasks", makeKnownHint: "Tasks that were checked or decided can become known tasks, slipped into the work of others",
    "about.training": "After each task she is told what is not right; she puts it right and goes on.", "about.exam": "The result comes at the end; nothing can be skipped.", "about.retry": "After each task she is told what is not right; then back to work. Nothing is taken from pay or record.",
    assignWho: "Whom", chooseOne: "Choose a person",
  },
});
