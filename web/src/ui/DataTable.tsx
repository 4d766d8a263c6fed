import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactNode } from "react";

export interface Column<T> {
  key: string;
  head: ReactNode;
  cell: (row: T) => ReactNode;
  /** `number` aligns right, `end` is for the row's action. */
  className?: "number" | "end";
  width?: number | string;
}

interface Selection {
  ids: ReadonlySet<string>;
  onChange: (ids: Set<string>) => void;
  /** What a screen reader says for the box of a row and for the box of all. */
  label: string;
}

interface Props<T> {
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  selection?: Selection;
  onOpen?: (row: T) => void;
  /** Pixels of a row; rows are drawn only near the window. */
  rowHeight?: number;
  label?: string;
}

const DRAW_ALL = 60;

/** A table with a header that stays; beyond sixty rows only those in view are in the page. */
export function DataTable<T>({ columns, rows, keyOf, selection, onOpen, rowHeight = 34, label }: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => rowHeight, overscan: 10 });
  const all = rows.length <= DRAW_ALL;
  const items = virtual.getVirtualItems();
  const first = all ? 0 : (items[0]?.index ?? 0);
  const last = all ? rows.length - 1 : (items[items.length - 1]?.index ?? -1);
  const width = columns.length + (selection ? 1 : 0);
  const chosenAll = selection !== undefined && rows.length > 0 && rows.every((row) => selection.ids.has(keyOf(row)));

  function toggle(id: string) {
    if (!selection) return;
    const next = new Set(selection.ids);
    if (!next.delete(id)) next.add(id);
    selection.onChange(next);
  }

  return (
    <div ref={frame} className="table-wrap" style={{ maxHeight: "100%" }}>
      <table className="table" aria-label={label} aria-rowcount={rows.length}>
        <thead>
          <tr>
            {selection && (
              <th style={{ width: 36 }}>
                <input
                  type="checkbox" aria-label={selection.label} checked={chosenAll}
                  onChange={() => selection.onChange(chosenAll ? new Set() : new Set(rows.map(keyOf)))}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.key} className={column.className} style={{ width: column.width }}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Spacer width={width} height={first * rowHeight} />}
          {rows.slice(first, last + 1).map((row, i) => {
            const id = keyOf(row);
            return (
              <tr
                key={id} aria-rowindex={first + i + 1} aria-selected={selection?.ids.has(id)}
                onClick={onOpen && (() => onOpen(row))} style={onOpen && { cursor: "pointer" }}
              >
                {selection && (
                  <td onClick={(event) => event.stopPropagation()}>
                    <input type="checkbox" aria-label={selection.label} checked={selection.ids.has(id)} onChange={() => toggle(id)} />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.key} className={column.className}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {last < rows.length - 1 && <Spacer width={width} height={(rows.length - 1 - last) * rowHeight} />}
        </tbody>
      </table>
    </div>
  );
}

function Spacer({ width, height }: { width: number; height: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={width} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
