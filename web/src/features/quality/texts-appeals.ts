import { defineTexts } from "../../app/i18n";

export const appealTexts = defineTexts("appeals", {
  "zh-CN": {
    right: "我觉得没错", dialogTitle: "请别人再看一次", dialogText: "会换一个人来看,他不知道第一次是谁判的、判了什么。三个工作日内给你答复。在答复之前不用改这一张。",
    why: "你为什么觉得没错?(可以不写)", send: "交上去", sent: "交上去了,三个工作日内给你答复。", withdraw: "不提了,我去改", withdrawn: "收回来了,去改吧。",
    mineTitle_other: "我提的 {{count}} 次“没错”", due: "{{date}} 前答复", overdue: "已经过了说好的时间,组长那边看得到", decided: "{{date}} 答复", yourWords: "你说:{{text}}", secondSaid: "第二个人说:{{text}}",
    movedOn: "这一张后来已经重做过,结果只改记录,不改交出去的数据。",
    "state.open": "等答复", "state.upheld": "维持退回", "state.overturned": "你对了,已改成通过", "state.partly": "改了一点后通过", "state.withdrawn": "收回了", "state.moot": "这一张已重新打开",
    pageTitle: "申诉", waitingTitle: "等答复的申诉", waitingText: "看不到是谁、哪一张,是为了让第二次检查不受影响。它们排在检查队列最前面。", noWaiting: "没有等答复的申诉。",
    filed: "提出", dueHead: "答复期限", late: "过期", onTime: "还在期限内", judges_other: "还有 {{count}} 个人能判", noJudge: "没有别的人能判,请管理员加一个检查员",
    decidedTitle: "答复过的", noDecided: "还没有答复过的申诉。", outcome: "结果", who: "谁提的", first: "第一次", second: "第二次", when: "答复时间", said: "理由",
    overturnTitle: "谁的退回常被推翻", overturnText: "只有提出来的才算。区间宽就是数太少,不能下结论。", reviewer: "检查员", rejections: "退回", appealed: "申诉有结果", overturned: "推翻", partly: "改后通过", upheld: "维持", share: "推翻率(95% 区间)", noOverturns: "近 90 天没有退回。", range: "{{value}}({{low}}–{{high}})",
    waiting_other: "{{count}} 次申诉等人判", waitingOverdue: "{{count}} 次过期", nextDue: "最近的 {{date}} 到期", judgeNow: "去判", allAppeals: "看申诉", project: "项目",
  },
  en: {
    right: "I think it is right", dialogTitle: "Have somebody else look", dialogText: "Another person looks, who does not know who judged first or what was said. You get an answer within three working days. Until then there is nothing to redo here.",
    why: "Why do you think it is right? (optional)", send: "Send", sent: "Sent; you get an answer within three working days.", withdraw: "Never mind, I will redo it", withdrawn: "Taken back; you can redo it now.",
    mineTitle_one: "{{count}} rejection you contested", mineTitle_other: "{{count}} rejections you contested", due: "answer due {{date}}", overdue: "past its time; your lead can see that", decided: "answered {{date}}", yourWords: "You said: {{text}}", secondSaid: "The second reviewer said: {{text}}",
    movedOn: "This one has been redone since: the outcome changes the record, not the data handed over.",
    "state.open": "waiting", "state.upheld": "rejection stands", "state.overturned": "you were right; accepted", "state.partly": "accepted after a small fix", "state.withdrawn": "taken back", "state.moot": "opened again",
    pageTitle: "Appeals", waitingTitle: "Appeals that wait", waitingText: "Whose and which is hidden, so that the second check is not influenced. They come first in the review queue.", noWaiting: "No appeal waits.",
    filed: "Filed", dueHead: "Due", late: "overdue", onTime: "in time", judges_one: "{{count}} other person can judge", judges_other: "{{count}} other people can judge", noJudge: "nobody else can judge; ask the manager for another reviewer",
    decidedTitle: "Answered", noDecided: "No appeal has been answered yet.", outcome: "Outcome", who: "By", first: "First verdict", second: "Second verdict", when: "Answered", said: "Reason",
    overturnTitle: "Whose rejections do not stand", overturnText: "Only contested ones count. A wide interval means too few to conclude anything.", reviewer: "Reviewer", rejections: "Rejections", appealed: "Appeals decided", overturned: "Overturned", partly: "Accepted after a fix", upheld: "Upheld", share: "Overturned (95 % interval)", noOverturns: "No rejections in the last 90 days.", range: "{{value}} ({{low}}–{{high}})",
    waiting_one: "{{count}} appeal to judge", waiting_other: "{{count}} appeals to judge", waitingOverdue: "{{count}} overdue", nextDue: "next due {{date}}", judgeNow: "Judge", allAppeals: "Appeals", project: "Project",
  },
});
