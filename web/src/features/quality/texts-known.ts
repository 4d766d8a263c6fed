import { defineTexts } from "../../app/i18n";

export const knownTexts = defineTexts("known", {
  "zh-CN": {
    passed: "标准题通过(30 天)", hidden: "掺在活里的", needed: "按现在的活,要 {{n}} 道", rateNow: "现在掺 {{share}}", suspect: "答案有疑问", suspectText: "好手也常错:先看答案对不对", noSuspect: "没有", ready: "可以做成标准题的", readyText: "检查过、仲裁过的题", draw_other: "抽 {{count}} 道做标准题", drawn_other: "做好了 {{count}} 道标准题",
    off: "这个项目现在一道标准题也不掺,所以没有这边的数字。", toSettings: "去设置", why: "标准题混在平常的活里,做的人看不出来。每个人每道只遇到一次;有疑问的答案先不算,改好以后所有人重新算。",
    poolTitle: "标准题", task: "题", pool: "用在哪", state: "状态", class: "类别", shown: "给过几次", passedShare: "通过", look: "看", empty: "还没有标准题。导入带答案的文件,或者从检查过的题里抽一些。",
    "pool.hidden": "掺在活里", "pool.training": "练习", "pool.exam": "考试", "pool.retry": "补练", "state.active": "在用", "state.suspect": "有疑问", "state.retired": "停用",
    standings: "每个人的标准题", noStandings: "还没有人做过标准题。", person: "谁", graded: "做过", drifted: "该补练了",
    keep: "答案没错", adopt: "用这份做答案", retire: "停用", "done.keep": "答案留下了", "done.adopt": "答案改好了,大家都重新算", "done.retire": "停用了", "done.move": "换好了", use: "重新用", "done.use": "重新用上了", noPicture: "不是图片,这里看不了。", shownAnswer: "看谁的", rightAnswer: "标准答案", answerOf: "{{name}} · {{score}}", same: "和标准答案一样。", compare: "选一个人,看看她和标准答案差在哪。",
  },
  en: {
    passed: "Known tasks passed (30 days)", hidden: "Hidden in the work", needed: "the work asks for {{n}}", rateNow: "now {{share}} of the tasks", suspect: "Answers in doubt", suspectText: "good people fail: check the answer first", noSuspect: "none", ready: "Could become known", readyText: "tasks that were checked or decided", draw_one: "Draw {{count}}", draw_other: "Draw {{count}}", drawn_one: "{{count}} known task made", drawn_other: "{{count}} known tasks made",
    off: "No known tasks are mixed into this project's work, so there are no figures here.", toSettings: "Settings", why: "Known tasks look like any other. Each person meets each of them once; an answer in doubt does not count, and when it is corrected everybody is graded again.",
    poolTitle: "Known tasks", task: "Task", pool: "Used for", state: "State", class: "Class", shown: "Shown", passedShare: "Passed", look: "Look", empty: "No known tasks yet. Import a file with right answers, or draw some from checked work.",
    "pool.hidden": "hidden", "pool.training": "practice", "pool.exam": "exam", "pool.retry": "retry", "state.active": "in use", "state.suspect": "in doubt", "state.retired": "retired",
    standings: "By person", noStandings: "Nobody has met a known task yet.", person: "Who", graded: "Done", drifted: "practice is due",
    keep: "The answer is right", adopt: "Take this as the answer", retire: "Retire", "done.keep": "The answer stays", "done.adopt": "Corrected; everybody is graded again", "done.retire": "Retired", "done.move": "Moved", use: "Use again", "done.use": "In use again", noPicture: "Not a picture: it cannot be shown here.", shownAnswer: "Whose answer", rightAnswer: "The right answer", answerOf: "{{name}} · {{score}}", same: "The same as the right answer.", compare: "Choose a person to see how her answer differs.",
  },
});
