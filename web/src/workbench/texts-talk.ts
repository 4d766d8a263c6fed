import { defineTexts } from "../app/i18n";

/** What is said between people over a picture: comments, questions, what changed in the rules. */
export const talkTexts = defineTexts("benchTalk", {
  "zh-CN": {
    skipScope: "不该在这个项目里", skipSensitive: "有隐私,或者看了不舒服",
    comments_other: "留言 {{count}}", mine: "我", toMark: "指着一个标注", whole: "说整张图",
    asked: "大家问过的", askedFilter: "找一找,也许已经有人问过", askedNone: "还没有人问过。", askedNothing: "没有这样的问题,写下来问组长。", askedNotYet: "组长还没回答", askedFailed: "没读到大家问过的,网络好了再看。",
    newsTitle: "要求改了(第 {{version}} 版)", newsPlain: "先看看改了哪里,再接着做。", newsRead: "看改了哪里", newsLater: "知道了",
    changedFrom: "第 {{before}} 版 → 第 {{after}} 版,改了这些", changedNothing: "字面上没有变。", wholeRules: "全部要求", changedFailed: "没读到改了哪些,网络好了再看。",
  },
  en: {
    skipScope: "Does not belong into this project", skipSensitive: "Private, or hard to look at",
    comments_one: "{{count}} comment", comments_other: "{{count}} comments", mine: "Me", toMark: "about a mark", whole: "about the whole picture",
    asked: "Asked before", askedFilter: "Look whether somebody has asked already", askedNone: "Nobody has asked anything yet.", askedNothing: "No such question; write it down and ask.", askedNotYet: "not answered yet", askedFailed: "The questions could not be read; look again when the line is back.",
    newsTitle: "The rules have changed (version {{version}})", newsPlain: "See what is new before you go on.", newsRead: "What changed", newsLater: "OK",
    changedFrom: "What changed from version {{before}} to {{after}}", changedNothing: "No word is different.", wholeRules: "The whole rules", changedFailed: "What changed could not be read; look again when the line is back.",
  },
});
