import { defineTexts } from "../../app/i18n";

export const extraTexts = defineTexts("extras", {
  "zh-CN": {
    title: "多交的", what: "拿得太久,题已经发给了别人,后来又交上来的。看一看两份,定下算哪一份。", none: "没有多交的要定。",
    task: "题", by: "谁交的", marks: "标了", time: "用时", when: "什么时候", look: "看两份", late: "晚交的", standing: "现在算的",
    held: "{{name}} 正在做这一张。采用晚交的这份,就不用他再做了;他画的还留着。", free: "这一张现在没有人做。", marksCount_other: "标了 {{count}} 个", pictureOf: "{{name}} 标的",
    differs_other: "拿现在算的那份来比,晚交的有 {{count}} 处不一样:", same: "两份没有差别。", means: "采用晚交的:算它通过,现在算的那份收回、留作备用。留作备用:什么都不变,以后不再问。",
    take: "采用晚交的", keepAside: "留作备用", taken: "采用了晚交的", aside: "留作备用了",
  },
  en: {
    title: "Extra answers", what: "They were held too long, the picture went to somebody else, and then they came in after all. Look at both and say which one counts.",
    none: "No extra answers to decide about.", task: "Task", by: "Handed in by", marks: "Marks", time: "Time", when: "When", look: "See both", late: "came late",
    standing: "counts now", held: "{{name}} is working on it. Taking the late one ends that; the draft is kept.", free: "Nobody works on it now.",
    marksCount_one: "{{count}} mark", marksCount_other: "{{count}} marks", pictureOf: "Marked by {{name}}",
    differs_one: "Compared with what counts now, the late one differs in {{count}} place:", differs_other: "Compared with what counts now, the late one differs in {{count}} places:",
    same: "The two do not differ.",
    means: "Take the late one: it is accepted, what counts now is taken back and kept aside. Keep aside: nothing changes, and you are not asked again.",
    take: "Take the late one", keepAside: "Keep aside", taken: "The late one counts now", aside: "Kept aside",
  },
});
