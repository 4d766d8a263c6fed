import { defineTexts } from "../../app/i18n";

export const dataTexts = defineTexts("data", {
  "zh-CN": {
    title: "数据", create: "新建数据集", name: "名字", owner: "归谁", medium: "媒体", items: "数量", size: "大小", created: "建于", search: "数据集名字", allMedia: "所有媒体",
    empty: "还没有数据。先建一个数据集,再把文件夹拖进来。", nothing: "没有找到。换个名字试试。", description: "说明", descriptionHint: "从哪里来的、什么时候采的、能不能公开。", make: "建好",
    "medium.image": "图片", "medium.video": "视频", "medium.points": "点云", "medium.audio": "声音", "medium.text": "文字", "medium.conversation": "对话",
    count_other: "{{count}} 个", searchItems: "文件名", all: "所有", onlyDoubtful: "检查有疑问的", onlyDuplicates: "重复的", trash: "回收站", show: "看哪些",
    emptyItems: "还没有数据。把文件夹拖到这里,或点“选择文件夹”。", emptyTrash: "回收站是空的。", emptyFilter: "没有这样的。换个条件试试。",
    chosen_other: "选了 {{count}} 个", toTrash: "放进回收站", restore: "拿回来", trashed_other: "{{count}} 个放进回收站了", restored_other: "{{count}} 个拿回来了", clear: "不选了", duplicate: "重复", select: "选",
    edit: "改名字和说明", remove: "删掉数据集", removeTitle: "删掉“{{name}}”?", removeText: "数据集放进回收站,项目里已经在做的不受影响。", removed: "删掉了", save: "保存", details: "文件信息", pixels: "{{w}} × {{h}} 像素", turned: "按拍摄方向转正过", fingerprint: "指纹", problems: "检查发现", noProblems: "检查没有发现问题。", full: "看原图",
    add: "加数据", toProject: "放进项目", putIn: "放进去", whichProject: "哪个项目", offered_other: "放进去 {{count}} 个", noProjects: "还没有项目。先建一个。",
    dropHere: "松手就开始传", chooseFolder: "选择文件夹", chooseFiles: "选择文件或压缩包", uploadText: "图片、文件夹、zip 都行。断了能接着传,关掉网页再打开也能接着传。", serverFolder: "服务器文件夹或 S3", urlList: "网址清单", upload: "从这台电脑传",
    folderPath: "文件夹", folderHint: "服务器管理员放好的文件夹里的路径。", urlFile: "网址清单", urlHint: "一行一个网址,或者 CSV、JSON、JSONL 文件。只能是公网地址。", startImport: "开始", importing: "正在导入", imports: "导入记录", noImports: "还没有导入过。",
    sending: "正在传 {{done}} / {{total}}", sendSpeed: "每秒 {{speed}}", sendLeft: "还要 {{time}}", sendWait: "网络断了,等网络好了接着传", sendPaused: "停着", pause: "停一下", resume: "接着传", discard: "不传了", again: "再试一次", pickAgain: "上次没传完:{{name}}。再选一次同一个文件夹或文件,会从断的地方接着传。", 
    failedKeeps: "传过去的都留着,再选一次就接着传。", discardOld: "上次的不要了", noRoots: "服务器上没有设可以读的文件夹或存储桶。请服务器管理员在设置里加。", place: "位置", startUrls_other: "导入 {{count}} 个网址", urlPick: "用清单文件(CSV、JSON、JSONL)", listUnknown: "清单要是 CSV、JSON 或 JSONL 文件,名字以 .csv、.json、.jsonl 结尾。",
    problemsTitle_other: "这 {{count}} 个文件没有进来", problemFile: "文件", problemWhy: "为什么", importOk: "进来 {{added}} 个,重复 {{duplicates}} 个,没进来 {{refused}} 个",
  },
  en: {
    title: "Data", create: "New dataset", name: "Name", owner: "Owner", medium: "Medium", items: "Items", size: "Size", created: "Made", search: "Name of the dataset", allMedia: "Every medium",
    empty: "No data yet. Make a dataset first, then drag a folder into it.", nothing: "Nothing found. Try another name.", description: "Description", descriptionHint: "Where it comes from, when it was taken, whether it may be published.", make: "Create",
    "medium.image": "pictures", "medium.video": "video", "medium.points": "point clouds", "medium.audio": "sound", "medium.text": "text", "medium.conversation": "conversations",
    count_one: "{{count}} item", count_other: "{{count}} items", searchItems: "File name", all: "All", onlyDoubtful: "Doubtful in the checks", onlyDuplicates: "Duplicates", trash: "Trash", show: "Show",
    emptyItems: "No data yet. Drag a folder here, or choose one.", emptyTrash: "The trash is empty.", emptyFilter: "None of that kind. Try another filter.",
    chosen_one: "{{count}} chosen", chosen_other: "{{count}} chosen", toTrash: "Put into the trash", restore: "Take back", trashed_one: "{{count}} is in the trash", trashed_other: "{{count}} are in the trash", restored_one: "{{count}} is back", restored_other: "{{count}} are back", clear: "Clear", duplicate: "duplicate", select: "Choose",
    edit: "Name and description", remove: "Delete the dataset", removeTitle: "Delete “{{name}}”?", removeText: "The dataset goes into the trash; what projects already work on stays.", removed: "Deleted", save: "Save", details: "About the file", pixels: "{{w}} × {{h}} px", turned: "turned upright as it was taken", fingerprint: "Fingerprint", problems: "What the checks found", noProblems: "The checks found nothing.", full: "Full picture",
    add: "Add data", toProject: "Put into a project", putIn: "Put in", whichProject: "Which project", offered_one: "{{count}} item put in", offered_other: "{{count}} items put in", noProjects: "No project yet. Make one first.",
    dropHere: "Let go to upload", chooseFolder: "Choose folder", chooseFiles: "Choose files or an archive", uploadText: "Pictures, folders and zip files. A broken upload goes on where it stopped, also after the page was closed.", serverFolder: "Server folder or S3", urlList: "A list of addresses", upload: "From this computer",
    folderPath: "Folder", folderHint: "A path below the folder that the server's administrator has set up.", urlFile: "List of addresses", urlHint: "One address a line, or a CSV, JSON or JSONL file. Public addresses only.", startImport: "Start", importing: "Importing", imports: "Imports", noImports: "Nothing was imported yet.",
    sending: "Sending {{done}} / {{total}}", sendSpeed: "{{speed}} a second", sendLeft: "{{time}} left", sendWait: "The line is down; going on when it is back", sendPaused: "paused", pause: "Pause", resume: "Go on", discard: "Do not send", again: "Try again", pickAgain: "Not finished last time: {{name}}. Choose the same folder or file again; it goes on where it stopped.", 
    failedKeeps: "What was sent is kept; choose the files again to go on.", discardOld: "Drop the earlier upload", noRoots: "No folder or bucket of the server may be read. Ask the server's administrator to set one up.", place: "Place", startUrls_one: "Import {{count}} address", startUrls_other: "Import {{count}} addresses", urlPick: "By a list file (CSV, JSON, JSONL)", listUnknown: "A list is a CSV, JSON or JSONL file; its name ends in .csv, .json or .jsonl.",
    problemsTitle_one: "{{count}} file did not come in", problemsTitle_other: "{{count}} files did not come in", problemFile: "File", problemWhy: "Why", importOk: "{{added}} came in, {{duplicates}} were duplicates, {{refused}} did not come in",
  },
});
