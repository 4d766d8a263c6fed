import { defineTexts } from "../../app/i18n";

export const agreementTexts = defineTexts("agreement", {
  "zh-CN": {
    computed: "{{date}} 算的,每天夜里算一次。", never: "还没有算过,每天夜里算一次。", again: "现在就算", started: "开始算了,过一会儿来看。", nothing: "(没有东西)",
    alpha: "一致性 α", alphaText: "1 是完全一致,0 和瞎猜一样。虚线是 0.667 和 0.8:过了 0.8 才算靠得住。看过同样预标注的人,不能只看他们一不一致。", noOverlap: "要有同一张几个人做过,才看得出一不一致。在项目设置里把“每张几个人做”调到 2 以上。", undefined: "算不出(只有一种答案)", alphaOf: "{{value}},范围 {{low}}–{{high}}", ofObjects_other: "{{count}} 个东西,{{people}} 个人",
    "measure.class": "类别", "measure.shape": "形状", "arm.all": "全部", "arm.blind": "没有预标注", "arm.assisted": "有预标注",
    accepted: "几份合成一份", meanAgreement: "平均一致 {{value}}", asking: "还在等", askingText: "再要一份,或者正在算", proposed: "要仲裁", proposedText: "意见不一,等人定", decided_other: "定了 {{count}} 张", saved: "省下的份数", savedText_other: "一共做了 {{count}} 份",
    between: "谁和谁认得不一样(类别)", noBetween: "没有认得不一样的。", one: "一个说", other: "另一个说", times: "次数", share: "占比", pairs: "两个人之间", noPairs: "还没有两个人做过同样的东西。", who: "谁", sharedObjects: "都做过", equal: "一样的", kappa: "κ",
    assistance: "预标注有没有带偏人", noArms: "要有一部分题不给预标注,才比得出来。在项目设置里把“给预标注的比例”调到 95% 左右。", answers: "做了几份", kept: "预标注原样留下", passed: "一次通过", right: "标注对的", knownRight: "仲裁过的答对", median: "每张用时", seconds: "{{n}} 秒", range: "{{value}}({{low}}–{{high}})", differs: "差得明显", biased: "有明显差别:看看是不是跟着预标注走了。", unbiased: "目前看不出预标注把人带偏。", what: "什么",
    day: "哪天", low: "下限", high: "上限", things: "几个东西", people: "几个人", alphaTrend: "一致性一天天的变化:实线类别,虚线形状",
    skills: "每个人的准度", noSkills: "还没有算过准度。", fromKnown: "答案已知的", fromOthers: "按别人的答案",
    became: "一张一张看", becameText: "几份答案成了什么、为什么、结果里有谁的多少。每个人的都收下、都付钱。", item: "哪一张", outcome: "成了什么", alike: "一致", why: "拿不准的", shares: "结果里有谁", ofMost: "{{n}}/{{most}}", doubtOf: "{{what}} {{n}}", shareOf: "{{name}} {{share}}", comma: "、",
    "state.accepted": "合成了", "state.asking": "再要一份", "state.proposed": "要仲裁", "state.decided": "仲裁定了", "state.withdrawn": "重新打开了",
    "doubt.existence": "有没有", "doubt.label": "类别", "doubt.place": "位置", "doubt.value": "整张的选项", "doubt.relation": "关系", "doubt.newcomer": "有新人", "doubt.confidence": "把握不够", "doubt.schema": "合起来不合要求",
    cases: "要和人聊一聊的", casesText: "这些只是线索,不是结论,也不会有任何自动的后果。先听她怎么说。", when: "什么时候", talked: "聊过了", harmless: "没事", follow: "要跟进", followDone: "记下", followWhy: "做什么、为什么", followText: "先和本人聊过再写。她的工钱和活不会因为这条线索变。",
  },
  en: {
    computed: "Computed {{date}}; every night anew.", never: "Not computed yet; it is done every night.", again: "Compute now", started: "Under way; look again in a moment.", nothing: "(nothing there)",
    alpha: "Agreement α", alphaText: "1 is full agreement, 0 is chance. The dashed lines are 0.667 and 0.8: from 0.8 on it is reliable. Of people who saw the same pre-label, agreement alone says little.", noOverlap: "Agreement needs items that several people did. Set “people for each item” to 2 or more in the project's settings.", undefined: "cannot be told (one value only)", alphaOf: "{{value}}, between {{low}} and {{high}}", ofObjects_one: "{{count}} object, {{people}} people", ofObjects_other: "{{count}} objects, {{people}} people",
    "measure.class": "class", "measure.shape": "shape", "arm.all": "all", "arm.blind": "without pre-labels", "arm.assisted": "with pre-labels",
    accepted: "Became one", meanAgreement: "mean agreement {{value}}", asking: "Under way", askingText: "one more was asked for, or being put together", proposed: "To arbitrate", proposedText: "answers differ, somebody decides", decided_one: "{{count}} decided", decided_other: "{{count}} decided", saved: "Answers saved", savedText_one: "{{count}} answer given", savedText_other: "{{count}} answers given",
    between: "What people call differently", noBetween: "Nothing.", one: "One says", other: "Another says", times: "Times", share: "Share", pairs: "Between two people", noPairs: "No two people have done the same things yet.", who: "Who", sharedObjects: "Shared", equal: "Equal", kappa: "κ",
    assistance: "Do pre-labels mislead?", noArms: "To tell, some tasks must come without pre-labels. Set the share with pre-labels to about 95 % in the project's settings.", answers: "Answers", kept: "Pre-labels left as they were", passed: "Passed at once", right: "Marks right", knownRight: "Right where an arbiter decided", median: "Time for each", seconds: "{{n}} s", range: "{{value}} ({{low}}–{{high}})", differs: "differs", biased: "They differ beyond chance: see whether people follow the pre-labels.", unbiased: "No sign so far that pre-labels mislead.", what: "What",
    day: "Day", low: "Low", high: "High", things: "Objects", people: "People", alphaTrend: "Agreement from day to day: labels solid, shapes dashed",
    skills: "How often each is right", noSkills: "Not computed yet.", fromKnown: "Known answers", fromOthers: "By the others",
    became: "Item by item", becameText: "What several answers became, why, and who is in the result with what share. Everybody's answer is accepted and paid.", item: "Item", outcome: "Became", alike: "Alike", why: "In doubt", shares: "Whose it is", ofMost: "{{n}}/{{most}}", doubtOf: "{{what}} {{n}}", shareOf: "{{name}} {{share}}", comma: ", ",
    "state.accepted": "put together", "state.asking": "one more asked for", "state.proposed": "to arbitrate", "state.decided": "decided", "state.withdrawn": "opened again",
    "doubt.existence": "is it there", "doubt.label": "class", "doubt.place": "place", "doubt.value": "facts of the item", "doubt.relation": "relation", "doubt.newcomer": "a newcomer", "doubt.confidence": "not sure enough", "doubt.schema": "breaks the schema",
    cases: "Worth a talk", casesText: "These are hints, no verdicts, and nothing follows from them by itself. Hear the person first.", when: "When", talked: "Talked", harmless: "Harmless", follow: "Follow up", followDone: "Note it", followWhy: "What is done, and why", followText: "Talk with her first. Neither her pay nor her work changes by this hint.",
  },
});
