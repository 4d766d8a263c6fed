/**
 * The browser's own storage behind a small door: IndexedDB, one database an account, or plain memory where the
 * browser offers none (then the page says that nothing is kept on this PC).
 */

export type StoreName = "tasks" | "media" | "setups" | "journal" | "outbox" | "notes";
const STORES: readonly StoreName[] = ["tasks", "media", "setups", "journal", "outbox", "notes"];

/** The storage is full. */
export class StorageFull extends Error {}

export interface Store {
  readonly persistent: boolean;
  get<T>(store: StoreName, key: string): Promise<T | undefined>;
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  /** Several at once, all or none. */
  putAll(entries: readonly { store: StoreName; key: string; value: unknown }[], remove?: readonly { store: StoreName; key: string }[]): Promise<void>;
  delete(store: StoreName, key: string): Promise<void>;
  /** Entries whose key begins with `prefix`, in key order. */
  list<T>(store: StoreName, prefix?: string): Promise<{ key: string; value: T }[]>;
  close(): void;
}

/** Open the database of one account. Falls back to memory when IndexedDB is not there. */
export async function openStore(account: string, factory: IDBFactory | undefined = globalThis.indexedDB): Promise<Store> {
  if (!factory) return new MemoryStore();
  try {
    return new IdbStore(await open(factory, `doujia-bench-${account}`));
  } catch (error) {
    if (error instanceof DOMException) return new MemoryStore();
    throw error;
  }
}

function open(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => { for (const store of STORES) request.result.createObjectStore(store); };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException("cannot open"));
    request.onblocked = () => reject(new DOMException("blocked", "InvalidStateError"));
  });
}

const isFull = (error: unknown): boolean => error instanceof DOMException && (error.name === "QuotaExceededError" || error.name === "UnknownError");

class IdbStore implements Store {
  readonly persistent = true;
  constructor(private readonly db: IDBDatabase) { db.onversionchange = () => db.close(); }

  get<T>(store: StoreName, key: string): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const request = this.db.transaction(store).objectStore(store).get(key);
      request.onsuccess = () => resolve(request.result as T | undefined);
      request.onerror = () => reject(request.error);
    });
  }

  put(store: StoreName, key: string, value: unknown): Promise<void> { return this.putAll([{ store, key, value }]); }
  delete(store: StoreName, key: string): Promise<void> { return this.putAll([], [{ store, key }]); }

  putAll(entries: readonly { store: StoreName; key: string; value: unknown }[], remove: readonly { store: StoreName; key: string }[] = []): Promise<void> {
    const names = [...new Set([...entries, ...remove].map((entry) => entry.store))];
    if (names.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      // Strict: the answer comes when the bytes are on the disk, where the browser can tell.
      const transaction = this.db.transaction(names, "readwrite", { durability: "strict" });
      const fail = (): void => {
        const { error } = transaction;
        reject(isFull(error) ? new StorageFull() : (error ?? new DOMException("aborted")));
      };
      transaction.oncomplete = () => resolve();
      transaction.onabort = fail;
      transaction.onerror = fail;
      try {
        for (const { store, key } of remove) transaction.objectStore(store).delete(key);
        for (const { store, key, value } of entries) transaction.objectStore(store).put(value, key);
      } catch (error) {
        transaction.abort();
        reject(isFull(error) ? new StorageFull() : error);
      }
    });
  }

  list<T>(store: StoreName, prefix = ""): Promise<{ key: string; value: T }[]> {
    return new Promise((resolve, reject) => {
      const out: { key: string; value: T }[] = [];
      const range = prefix === "" ? null : IDBKeyRange.bound(prefix, `${prefix}￿`);
      const request = this.db.transaction(store).objectStore(store).openCursor(range);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) { resolve(out); return; }
        out.push({ key: String(cursor.key), value: cursor.value as T });
        cursor.continue();
      };
      request.onerror = () => reject(request.error);
    });
  }

  close(): void { this.db.close(); }
}

export class MemoryStore implements Store {
  readonly persistent = false;
  private stores = new Map<StoreName, Map<string, unknown>>(STORES.map((name) => [name, new Map()]));
  async get<T>(store: StoreName, key: string): Promise<T | undefined> { return this.stores.get(store)?.get(key) as T | undefined; }
  async put(store: StoreName, key: string, value: unknown): Promise<void> { this.stores.get(store)?.set(key, value); }
  async putAll(entries: readonly { store: StoreName; key: string; value: unknown }[], remove: readonly { store: StoreName; key: string }[] = []): Promise<void> {
    for (const { store, key } of remove) this.stores.get(store)?.delete(key);
    for (const { store, key, value } of entries) this.stores.get(store)?.set(key, value);
  }
  async delete(store: StoreName, key: string): Promise<void> { this.stores.get(store)?.delete(key); }
  async list<T>(store: StoreName, prefix = ""): Promise<{ key: string; value: T }[]> {
    return [...(this.stores.get(store) ?? [])].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value: value as T }));
  }
  close(): void { /* nothing to close */ }
}
