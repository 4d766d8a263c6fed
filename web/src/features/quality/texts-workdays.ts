import { defineTexts } from "../../app/i18n";

export const workdayTexts = defineTexts("workdays", {
  "zh-CN": {
    open: "节假日", title: "节假日和调休", text: "申诉三个工作日内答复,按这里的日子数。国家公布的已经在里面;这里不一样的,自己加。已经答应的期限不变。",
    year: "哪一年", notNoticed: "{{year}} 年的放假通知还没有收进来,只有法定的那几天。通知出来后,把调休的日子加上。",
    first: "从", last: "到", kind: "这几天", off: "放假", working: "上班", name: "名字(可以不写)", add: "加上", badRange: "结束的日子要在开始之后,而且在 {{year}} 年里。",
    day: "日子", what: "放假还是上班", named: "名字", from: "哪来的", own: "这里自己加的", national: "国家公布的", law: "法定的", until: "{{first}} 到 {{last}}", remove: "去掉 {{date}}", saved: "记下了,从现在起按它数。", empty: "这一年没有特别的日子。",
  },
  en: {
    open: "Holidays", title: "Holidays and worked weekends", text: "Appeals are answered within three working days, counted by these days. The country's are here already; add where this place differs. Days already promised stay.",
    year: "Year", notNoticed: "The notice for {{year}} is not known here yet, only the days of the law. Add the worked weekends when it is out.",
    first: "From", last: "To", kind: "These days are", off: "off", working: "worked", name: "Name (optional)", add: "Add", badRange: "The last day comes after the first, and both lie in {{year}}.",
    day: "Day", what: "Off or worked", named: "Name", from: "From", own: "entered here", national: "the country's notice", law: "by law", until: "{{first}} to {{last}}", remove: "Remove {{date}}", saved: "Noted; counted so from now on.", empty: "No special days this year.",
  },
});
