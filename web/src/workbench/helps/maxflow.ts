/**
 * Minimum cut on a pixel grid with 8 neighbours: two search trees grow from source and sink and are mended after
 * each augmentation (Boykov and Kolmogorov, "An Experimental Comparison of Min-Cut/Max-Flow Algorithms", PAMI 2004).
 * Flat typed arrays; capacities are floats.
 */

const FREE = 0;
const SOURCE = 1;
const SINK = 2;
const NONE = -1;
/** The parent of a root is the terminal itself. */
const TERMINAL = -2;
const ORPHAN = -3;

export class GridCut {
  private readonly head: Int32Array;
  private readonly next: Int32Array;
  private readonly to: Int32Array;
  private readonly residual: Float64Array;
  /** Positive: left over from the source; negative: left over to the sink. */
  private readonly terminal: Float64Array;
  private readonly tree: Uint8Array;
  /** Arc to the parent, or TERMINAL, ORPHAN, NONE. */
  private readonly parent: Int32Array;
  private readonly stamp: Int32Array;
  private readonly distance: Int32Array;
  private active: Int32Array;
  private queued: Uint8Array;
  private first = 0;
  private last = 0;
  private arcs = 0;
  private time = 0;
  private orphans: number[] = [];
  flow = 0;

  constructor(private readonly nodes: number, edges: number) {
    this.head = new Int32Array(nodes).fill(NONE);
    this.next = new Int32Array(2 * edges);
    this.to = new Int32Array(2 * edges);
    this.residual = new Float64Array(2 * edges);
    this.terminal = new Float64Array(nodes);
    this.tree = new Uint8Array(nodes);
    this.parent = new Int32Array(nodes).fill(NONE);
    this.stamp = new Int32Array(nodes);
    this.distance = new Int32Array(nodes);
    this.active = new Int32Array(nodes + 1);
    this.queued = new Uint8Array(nodes);
  }

  /** Capacity from the source to a node and from the node to the sink. */
  setTerminal(node: number, source: number, sink: number): void {
    this.flow += Math.min(source, sink);
    this.terminal[node] = source - sink;
  }

  /** An edge with the same capacity both ways. */
  addEdge(a: number, b: number, capacity: number): void {
    const arc = this.arcs;
    this.to[arc] = b;
    this.to[arc + 1] = a;
    this.residual[arc] = capacity;
    this.residual[arc + 1] = capacity;
    this.next[arc] = this.head[a] as number;
    this.head[a] = arc;
    this.next[arc + 1] = this.head[b] as number;
    this.head[b] = arc + 1;
    this.arcs += 2;
  }

  /** Compute the cut; returns the flow. Afterwards `inSource` tells the side of a node. */
  solve(): number {
    for (let i = 0; i < this.nodes; i++) {
      const t = this.terminal[i] as number;
      if (t === 0) continue;
      this.tree[i] = t > 0 ? SOURCE : SINK;
      this.parent[i] = TERMINAL;
      this.distance[i] = 1;
      this.push(i);
    }
    for (;;) {
      const bridge = this.grow();
      if (bridge < 0) return this.flow;
      this.time++;
      this.augment(bridge);
      while (this.orphans.length > 0) this.adopt(this.orphans.pop() as number);
    }
  }

  inSource(node: number): boolean { return this.tree[node] === SOURCE; }

  private push(node: number): void {
    if (this.queued[node]) return;
    this.queued[node] = 1;
    this.active[this.last] = node;
    this.last = (this.last + 1) % this.active.length;
  }

  /** Grow both trees until they touch; returns the arc from the source tree to the sink tree, or -1. */
  private grow(): number {
    const { head, next, to, residual, tree, parent } = this;
    while (this.first !== this.last) {
      const p = this.active[this.first] as number;
      const side = tree[p] as number;
      if (side !== FREE) {
        for (let arc = head[p] as number; arc >= 0; arc = next[arc] as number) {
          const capacity = side === SOURCE ? (residual[arc] as number) : (residual[arc ^ 1] as number);
          if (capacity <= 1e-12) continue;
          const q = to[arc] as number;
          if (tree[q] === FREE) {
            tree[q] = side;
            parent[q] = arc ^ 1;
            this.stamp[q] = this.stamp[p] as number;
            this.distance[q] = (this.distance[p] as number) + 1;
            this.push(q);
          } else if (tree[q] !== side) return side === SOURCE ? arc : arc ^ 1;
          else if ((this.stamp[q] as number) <= (this.stamp[p] as number) && (this.distance[q] as number) > (this.distance[p] as number)) {
            parent[q] = arc ^ 1;
            this.stamp[q] = this.stamp[p] as number;
            this.distance[q] = (this.distance[p] as number) + 1;
          }
        }
      }
      this.queued[p] = 0;
      this.first = (this.first + 1) % this.active.length;
    }
    return -1;
  }

  /** Send as much as fits along the path through `bridge`. */
  private augment(bridge: number): void {
    const { to, residual, parent, terminal } = this;
    let least = residual[bridge] as number;
    let p = to[bridge ^ 1] as number;
    while (parent[p] !== TERMINAL) { const arc = parent[p] as number; least = Math.min(least, residual[arc ^ 1] as number); p = to[arc] as number; }
    least = Math.min(least, terminal[p] as number);
    let q = to[bridge] as number;
    while (parent[q] !== TERMINAL) { const arc = parent[q] as number; least = Math.min(least, residual[arc] as number); q = to[arc] as number; }
    least = Math.min(least, -(terminal[q] as number));

    residual[bridge] = (residual[bridge] as number) - least;
    residual[bridge ^ 1] = (residual[bridge ^ 1] as number) + least;
    p = to[bridge ^ 1] as number;
    while (parent[p] !== TERMINAL) {
      const arc = parent[p] as number, up = to[arc] as number;
      residual[arc] = (residual[arc] as number) + least;
      residual[arc ^ 1] = (residual[arc ^ 1] as number) - least;
      if ((residual[arc ^ 1] as number) <= 1e-12) this.orphan(p);
      p = up;
    }
    terminal[p] = (terminal[p] as number) - least;
    if ((terminal[p] as number) <= 1e-12) this.orphan(p);
    q = to[bridge] as number;
    while (parent[q] !== TERMINAL) {
      const arc = parent[q] as number, up = to[arc] as number;
      residual[arc ^ 1] = (residual[arc ^ 1] as number) + least;
      residual[arc] = (residual[arc] as number) - least;
      if ((residual[arc] as number) <= 1e-12) this.orphan(q);
      q = up;
    }
    terminal[q] = (terminal[q] as number) + least;
    if (-(terminal[q] as number) <= 1e-12) this.orphan(q);
    this.flow += least;
  }

  private orphan(node: number): void {
    this.parent[node] = ORPHAN;
    this.orphans.push(node);
  }

  /** Find a new parent for an orphan whose way to the root is whole, or set it and its children free. */
  private adopt(p: number): void {
    const { head, next, to, residual, tree, parent } = this;
    const side = tree[p] as number;
    let best = NONE, least = Infinity;
    for (let arc = head[p] as number; arc >= 0; arc = next[arc] as number) {
      const capacity = side === SOURCE ? (residual[arc ^ 1] as number) : (residual[arc] as number);
      const q = to[arc] as number;
      if (capacity <= 1e-12 || tree[q] !== side || parent[q] === NONE) continue;
      const d = this.rootDistance(q);
      if (d < least) { least = d; best = arc; }
    }
    if (best !== NONE) {
      parent[p] = best;
      this.stamp[p] = this.time;
      this.distance[p] = least + 1;
      return;
    }
    for (let arc = head[p] as number; arc >= 0; arc = next[arc] as number) {
      const q = to[arc] as number;
      if (tree[q] !== side) continue;
      const capacity = side === SOURCE ? (residual[arc ^ 1] as number) : (residual[arc] as number);
      if (capacity > 1e-12) this.push(q);
      if ((parent[q] as number) >= 0 && to[parent[q] as number] === p) this.orphan(q);
    }
    tree[p] = FREE;
    parent[p] = NONE;
  }

  /** Steps to the terminal, Infinity when the way is broken; marks what it has walked. */
  private rootDistance(from: number): number {
    const { to, parent } = this;
    let steps = 0, q = from;
    for (;;) {
      if (this.stamp[q] === this.time) { steps += this.distance[q] as number; break; }
      const arc = parent[q] as number;
      steps++;
      if (arc === TERMINAL) { this.stamp[q] = this.time; this.distance[q] = 1; break; }
      if (arc < 0) return Infinity;
      q = to[arc] as number;
    }
    let d = steps;
    for (q = from; this.stamp[q] !== this.time; q = to[parent[q] as number] as number) {
      this.stamp[q] = this.time;
      this.distance[q] = d--;
    }
    return steps;
  }
}
