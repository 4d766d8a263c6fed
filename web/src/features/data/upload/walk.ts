/** A file that a person chose, under the path it has in the folder she dropped. */
export interface Picked {
  name: string;
  file: File;
}

/** Files that systems leave in folders and nobody means to send. */
const LITTER = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX(\/|$)|\.git(\/|$))/i;

export function isLitter(name: string): boolean {
  return LITTER.test(name);
}

/** Files of an `<input>`; with `webkitdirectory` they carry their path. */
export function pickedFrom(files: Iterable<File>): Picked[] {
  return [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file })).filter((one) => !isLitter(one.name));
}

/** Files and whole folders of a drop, in the order of their names. */
export async function pickedFromDrop(transfer: DataTransfer): Promise<Picked[]> {
  // Entries must be taken at once: after the first await the browser empties the transfer.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry): entry is FileSystemEntry => entry !== null);
  if (!entries.length) return pickedFrom(transfer.files);
  const found: Picked[] = [];
  for (const entry of entries) await walk(entry, found);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(entry: FileSystemEntry, found: Picked[]): Promise<void> {
  const name = entry.fullPath.replace(/^\//, "");
  if (isLitter(name)) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ name, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A directory is read in batches of a hundred until one comes empty.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    for (const one of batch) await walk(one, found);
  }
}
