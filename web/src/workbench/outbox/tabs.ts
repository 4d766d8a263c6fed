/** Several tabs of one account: a task is open in one of them, and one of them sends. Works without `navigator.locks`. */

const ALIVE_MS = 6000;
const BEAT_MS = 2000;
/** How long a living tab may take to answer: one in the background of a busy PC is slow. */
const SURVEY_MS = 1500;
const LISTEN_MS = 25;

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
interface Claim { tab: string; until: number }

export class Tabs {
  private held = new Set<string>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private channel: BroadcastChannel | null = null;

  constructor(
    private readonly account: string, readonly tab: string, private readonly storage: Storage | undefined = globalThis.localStorage,
    private readonly now: () => number = Date.now,
  ) {}

  /** Tell and hear of changes in the other tabs; answer those who ask whether we live. */
  listen(onChange: () => void): void {
    const channel = this.open();
    if (!channel) return;
    channel.onmessage = ({ data }: MessageEvent<{ say: "changed" | "who" | "here"; tab: string }>) => {
      if (data.say === "changed") onChange();
      else if (data.say === "who") channel.postMessage({ say: "here", tab: this.tab });
      else this.living.add(data.tab);
    };
  }

  changed(): void { this.channel?.postMessage({ say: "changed", tab: this.tab }); }

  /** Ask who lives. Claims of tabs that do not answer are void: their browser crashed or was closed. */
  async survey(): Promise<void> {
    const channel = this.open();
    if (!channel || !this.storage) return;
    this.living.clear();
    const others = new Set(this.storedNames().map((name) => this.read(name)).filter((claim) => claim !== null && claim.tab !== this.tab && claim.until > this.now()).map((claim) => claim?.tab));
    if (others.size > 0) channel.postMessage({ say: "who", tab: this.tab });
    for (let waited = 0; waited < SURVEY_MS && [...others].some((tab) => !this.living.has(tab ?? "")); waited += LISTEN_MS) {
      await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    }
    for (const name of this.storedNames()) {
      const claim = this.read(name);
      if (claim && claim.tab !== this.tab && !this.living.has(claim.tab)) this.storage.removeItem(this.key(name));
    }
  }

  private living = new Set<string>();

  private open(): BroadcastChannel | null {
    if (!this.channel && typeof BroadcastChannel !== "undefined") this.channel = new BroadcastChannel(`doujia-bench-${this.account}`);
    return this.channel;
  }

  private storedNames(): string[] {
    const prefix = this.key("");
    const names: string[] = [];
    for (let i = 0; i < (this.storage?.length ?? 0); i++) {
      const key = this.storage?.key(i);
      if (key?.startsWith(prefix)) names.push(key.slice(prefix.length));
    }
    return names;
  }

  /** Take a name (a task, or "sender"); false when another living tab holds it. */
  claim(name: string): boolean {
    const claim = this.read(name);
    if (claim && claim.tab !== this.tab && claim.until > this.now()) return false;
    this.write(name);
    // Two tabs may have written at the same moment: the one that is read back holds it.
    if (this.read(name)?.tab !== this.tab && this.storage) return false;
    this.held.add(name);
    this.timer ??= setInterval(() => { for (const held of this.held) this.write(held); }, BEAT_MS);
    return true;
  }

  /** Whether another living tab holds the name. */
  elsewhere(name: string): boolean {
    const claim = this.read(name);
    return claim !== null && claim.tab !== this.tab && claim.until > this.now();
  }

  release(name: string): void {
    if (!this.held.delete(name)) return;
    if (this.read(name)?.tab === this.tab) this.storage?.removeItem(this.key(name));
  }

  close(): void {
    for (const name of [...this.held]) this.release(name);
    clearInterval(this.timer);
    this.timer = undefined;
    this.channel?.close();
    this.channel = null;
  }

  private key(name: string): string { return `doujia.claim.${this.account}.${name}`; }

  private read(name: string): Claim | null {
    const text = this.storage?.getItem(this.key(name));
    if (!text) return null;
    try {
      return JSON.parse(text) as Claim;
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  private write(name: string): void {
    try {
      this.storage?.setItem(this.key(name), JSON.stringify({ tab: this.tab, until: this.now() + ALIVE_MS }));
    } catch (error) {
      // A full storage must not stop the work; the server takes a double answer as one.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}
