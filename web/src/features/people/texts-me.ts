import { defineTexts } from "../../app/i18n";

export const meTexts = defineTexts("me", {
  "zh-CN": {
    quality: "我的质量",
    title: "我的账号", name: "名字", pseudonym: "工号", pseudonymHint: "干活时别人看到的是工号,不是身份证上的名字。", roles: "角色", language: "页面语言", languageDone: "语言换好了",
    password: "密码", passwordText: "换了密码,别的电脑上就要重新登录。", change: "换密码", changed: "密码换好了",
    sessions: "在哪里登录着", sessionsText: "用完公家的电脑记得退出。看到不认识的,退掉它再换密码。", here: "就是这里", since: "{{date}} 登录", last: "{{date}} 用过", end: "退掉", endOthers: "别处全退掉", ended: "退掉了", noOthers: "只有这里登录着。",
    tokens: "接口令牌", tokensText: "给程序用的钥匙,不是给人的。谁拿到就能用你的名义做事,别发给别人。", tokenName: "用在哪里", tokenScopes: "能做什么", tokenDays: "几天有效", tokenMake: "做一个令牌", tokenOnce: "现在就抄下来,只显示这一次。", tokenLabel: "令牌", tokenNone: "还没有令牌。用 Python 或命令行时才要。", tokenRevoke: "作废", tokenRevoked: "作废了", tokenUntil: "到 {{date}}", tokenUsed: "{{date}} 用过", tokenNever: "没用过", tokenWhere: "只在哪里有效", tokenEverywhere: "我在的所有地方",
    "scope.read": "看", "scope.write": "看和做", "scope.admin": "管人",
    myData: "我的资料", myDataText: "关于你的东西,你随时能拿一份、能删。下载和删除都会记下来。", copy: "下载我的全部资料", copyDone: "下载好了", eraseIdentity: "删除身份信息", eraseText: "姓名、身份证号、银行卡和手机会从保险柜里删掉,删了找不回来。要发工资、考证时得重新填。如果你只用手机号登录,手机号会留着。", eraseGo: "删除", erased: "身份信息删掉了", erasedButPhone: "删掉了;手机号留着,你要用它登录", closeAccount: "注销账号", closeText: "注销以后不能再登录,名字、登录名、身份信息、令牌都删掉,找不回来。你做过的活留着,只写工号。还没交上来的活,先交了再注销。备份里的会随着旧备份一起过期。", closePassword: "再输一次密码", closeGo: "注销",
    contrast: "黑白分明的颜色", contrastText: "看不清颜色时打开。只管这台电脑。",
  },
  en: {
    quality: "My quality",
    title: "My account", name: "Name", pseudonym: "Work name", pseudonymHint: "At work others see this name, not the one on your ID card.", roles: "Roles", language: "Language of the pages", languageDone: "The language is changed",
    password: "Password", passwordText: "After a change, other computers must log in again.", change: "Change password", changed: "The password is changed",
    sessions: "Where you are logged in", sessionsText: "Log out after using a shared computer. End what you do not recognise, then change the password.", here: "this one", since: "logged in {{date}}", last: "used {{date}}", end: "Log out there", endOthers: "Log out everywhere else", ended: "Logged out there", noOthers: "You are logged in only here.",
    tokens: "API tokens", tokensText: "Keys for programs, not for people. Whoever has one acts in your name; give it to nobody.", tokenName: "What it is for", tokenScopes: "What it may do", tokenDays: "Valid for days", tokenMake: "Make a token", tokenOnce: "Copy it now; it is shown only this once.", tokenLabel: "Token", tokenNone: "No tokens yet. They are needed only for Python and the command line.", tokenRevoke: "Revoke", tokenRevoked: "The token is revoked", tokenUntil: "until {{date}}", tokenUsed: "used {{date}}", tokenNever: "never used", tokenWhere: "Valid only at", tokenEverywhere: "everywhere I have a part",
    "scope.read": "read", "scope.write": "read and write", "scope.admin": "manage people",
    myData: "My data", myDataText: "Take a copy of what is kept about you, or delete it, at any time. Both are written down.", copy: "Download all my data", copyDone: "Downloaded", eraseIdentity: "Delete identity data", eraseText: "Name, ID number, bank card and phone are deleted from the vault and cannot be brought back. For pay and exams you will have to enter them again. If you log in by phone only, the number stays.", eraseGo: "Delete", erased: "Identity data are deleted", erasedButPhone: "Deleted; the phone number stays, you log in with it", closeAccount: "Close my account", closeText: "You will not be able to log in again. Name, login, identity data and tokens are deleted and cannot be brought back. Your work stays under your work name only. Hand in first what is not sent yet. What is in backups goes with the old backups.", closePassword: "Your password once more", closeGo: "Close it",
    contrast: "High contrast", contrastText: "For when colours are hard to tell apart. Only for this computer.",
  },
});
