import { describe, expect, it } from "vitest";
import { ApiError, LineError } from "../../../api/errors";
import { Upload, type Place, type Transport } from "./sender";
import { isLitter, pickedFrom, type Picked } from "./walk";

const KB = 1024;

/** jsdom's blobs are read by its own FileReader. */
function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(new Uint8Array(reader.result as ArrayBuffer));
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsArrayBuffer(blob);
  });
}

/** A server that keeps bytes; `fault` may throw before or after a part is kept. */
class Server implements Transport {
  files = new Map<string, { place: Place; held: Uint8Array }>();
  committed: string | null = null;
  dropped = false;
  opened = 0;
  parts = 0;
  fault: (when: "before" | "after", part: number) => void = () => undefined;

  open() {
    this.opened += 1;
    return Promise.resolve("u1");
  }
  announce(_upload: string, files: { name: string; size: number }[]) {
    const told = files.filter((f) => !f.name.endsWith(".exe")).map(({ name, size }) => {
      const known = this.files.get(name);
      if (known) return { ...known.place, received: known.held.length };
      const place = { id: name, name, size, received: 0, complete: size === 0 };
      this.files.set(name, { place, held: new Uint8Array() });
      return place;
    });
    const problems = files.filter((f) => f.name.endsWith(".exe")).map(({ name }) => ({ name, code: "type", zh: "不收", en: "refused" }));
    return Promise.resolve({ files: told, problems });
  }
  async send(_upload: string, id: string, offset: number, part: Blob) {
    const entry = this.files.get(id);
    if (!entry) throw new Error("never announced");
    const number = this.parts++;
    this.fault("before", number);
    if (offset !== entry.held.length) {
      throw new ApiError({ status: 409, code: "wrong_offset", ...{ received: entry.held.length } });
    }
    const bytes = await bytesOf(part);
    const joined = new Uint8Array(entry.held.length + bytes.length);
    joined.set(entry.held);
    joined.set(bytes, entry.held.length);
    entry.held = joined;
    entry.place.complete = joined.length === entry.place.size;
    this.fault("after", number);
    return { received: joined.length, complete: entry.place.complete };
  }
  commit(upload: string) {
    this.committed = upload;
    return Promise.resolve({ id: "run1" });
  }
  drop() {
    this.dropped = true;
    return Promise.resolve();
  }
}

function file(name: string, size: number): Picked {
  const bytes = new Uint8Array(size).map((_, i) => (i * 7 + size) % 251);
  return { name, file: new File([bytes], name) };
}

async function sameAs(server: Server, picked: Picked): Promise<boolean> {
  const sent = server.files.get(picked.name)?.held ?? new Uint8Array();
  const own = await bytesOf(picked.file);
  return sent.length === own.length && sent.every((b, i) => b === own[i]);
}

const fast = { sleep: () => Promise.resolve() };

describe("an upload", () => {
  it("sends every byte of every file and starts the import", async () => {
    const server = new Server();
    const picked = [file("a/1.png", 700 * KB), file("a/2.png", 10), file("b.zip", 300 * KB), file("empty.txt", 0)];
    const upload = new Upload(server, "d1", fast);
    await upload.run(picked);
    expect(upload.progress).toMatchObject({ phase: "done", run: "run1", files: 4, filesDone: 4, bytesDone: 1000 * KB + 10 });
    for (const one of picked) expect(await sameAs(server, one)).toBe(true);
  });

  it("waits for the line and goes on, without doubling a part whose answer was lost", async () => {
    const server = new Server();
    server.fault = (when, part) => {
      if (when === "before" && part === 1) throw new LineError("down");
      if (when === "after" && part === 2) throw new LineError("answer lost");
    };
    const waits: number[] = [];
    const picked = [file("one.png", 900 * KB)];
    const upload = new Upload(server, "d1", { sleep: (ms) => (waits.push(ms), Promise.resolve()) });
    await upload.run(picked);
    expect(upload.progress.phase).toBe("done");
    expect(upload.progress.bytesDone).toBe(900 * KB);
    expect(await sameAs(server, picked[0] as Picked)).toBe(true);
    // Both faults hit the tries of one part, so the second wait is twice the first.
    expect(waits).toEqual([1000, 2000]);
  });

  it("goes on after a reload from what the server holds", async () => {
    const server = new Server();
    const picked = [file("one.png", 900 * KB), file("two.png", 300 * KB)];
    let cut = true;
    server.fault = (when, part) => {
      if (cut && when === "before" && part >= 3) throw new ApiError({ status: 403, code: "login_required" });
    };
    const first = new Upload(server, "d1", fast);
    await first.run(picked);
    expect(first.progress.phase).toBe("failed");
    const held = [...server.files.values()].reduce((sum, f) => sum + f.held.length, 0);
    expect(held).toBeGreaterThan(0);
    cut = false;
    const second = new Upload(server, "d1", { ...fast, upload: first.id ?? undefined });
    await second.run(picked);
    expect(server.opened).toBe(1);
    expect(second.progress).toMatchObject({ phase: "done", filesDone: 2, bytesDone: 1200 * KB });
    for (const one of picked) expect(await sameAs(server, one)).toBe(true);
  });

  it("gives up on a file that the server never finishes", async () => {
    const server = new Server();
    server.send = (_upload, _file, offset) => Promise.resolve({ received: offset, complete: false });
    const upload = new Upload(server, "d1", fast);
    await upload.run([file("one.png", 10)]);
    expect(upload.progress.phase).toBe("failed");
    expect(server.committed).toBeNull();
  });

  it("says that the disk is full instead of waiting for a line that is there", async () => {
    const server = new Server();
    server.fault = (when, part) => {
      if (when === "before" && part === 1) throw new ApiError({ status: 507, code: "disk_full", detail: { zh: "服务器的硬盘满了", en: "The server's disk is full" } });
    };
    const phases = new Set<string>();
    const upload = new Upload(server, "d1", fast);
    upload.subscribe(() => phases.add(upload.progress.phase));
    await upload.run([file("one.png", 900 * KB)]);
    expect(upload.progress.phase).toBe("failed");
    expect(upload.progress.error).toMatchObject({ code: "disk_full" });
    expect(phases).not.toContain("waiting");
    // What was sent is kept: the same files go on once there is room.
    server.fault = () => undefined;
    const again = new Upload(server, "d1", { ...fast, upload: upload.id ?? undefined });
    await again.run([file("one.png", 900 * KB)]);
    expect(again.progress.phase).toBe("done");
  });

  it("lists what is refused and sends the rest", async () => {
    const server = new Server();
    const upload = new Upload(server, "d1", fast);
    await upload.run([file("virus.exe", 10), file("ok.png", 10)]);
    expect(upload.progress.refused.map((r) => r.name)).toEqual(["virus.exe"]);
    expect(upload.progress).toMatchObject({ phase: "done", filesDone: 1 });
  });

  it("stands still while paused and is dropped when asked", async () => {
    const server = new Server();
    const upload = new Upload(server, "d1", fast);
    const phases = new Set<string>();
    upload.subscribe(() => phases.add(upload.progress.phase));
    upload.pause();
    const running = upload.run([file("one.png", 900 * KB)]);
    await new Promise((resolve) => setTimeout(resolve));
    await expect.poll(() => upload.progress.phase).toBe("paused");
    expect(server.parts).toBe(0);
    await upload.drop();
    await running;
    expect(server.dropped).toBe(true);
    expect(upload.progress.phase).toBe("dropped");
    expect(server.committed).toBeNull();
  });
});

describe("what is picked", () => {
  it.each([
    [".DS_Store", true],
    ["a/Thumbs.db", true],
    ["__MACOSX/a/._1.png", true],
    ["a/.git/HEAD", true],
    ["photos/gitter.png", false],
  ])("%s is litter: %s", (name, litter) => {
    expect(isLitter(name)).toBe(litter);
  });
  it("keeps plain names of files", () => {
    expect(pickedFrom([new File(["x"], "1.png"), new File(["x"], "desktop.ini")]).map((p) => p.name)).toEqual(["1.png"]);
  });
});
