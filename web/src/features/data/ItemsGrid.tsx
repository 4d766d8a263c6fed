import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Tag } from "../../ui/State";
import type { Item } from "./data";
import { dataTexts } from "./texts-data";

const TILE = 180;
const LANE_HEIGHT = 172;

interface Props {
  items: readonly Item[];
  chosen: ReadonlySet<string>;
  onChoose: (ids: Set<string>) => void;
  onOpen: (item: Item) => void;
  more: boolean;
  loadMore: () => void;
}

/** Items as pictures; only the rows in view are in the page, the next page loads before the end is reached. */
export function ItemsGrid({ items, chosen, onChoose, onOpen, more, loadMore }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [across, setAcross] = useState(6);
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const measure = () => setAcross(Math.max(2, Math.floor((box.clientWidth - 14) / TILE)));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  const lanes = Math.ceil(items.length / across);
  const virtual = useVirtualizer({ count: lanes, getScrollElement: () => frame.current, estimateSize: () => LANE_HEIGHT, overscan: 3 });
  const shown = virtual.getVirtualItems();
  const last = shown[shown.length - 1]?.index ?? 0;
  useEffect(() => {
    if (more && last >= lanes - 3) loadMore();
  }, [more, last, lanes, loadMore]);

  function toggle(id: string) {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  }

  return (
    <div ref={frame} className="item-scroll">
      <div style={{ position: "relative", height: virtual.getTotalSize() }}>
        {shown.map((lane) => (
          <div
            key={lane.key} className="item-lane"
            style={{ position: "absolute", top: 0, left: 0, right: 0, height: LANE_HEIGHT - 10, transform: `translateY(${lane.start}px)`, gridTemplateColumns: `repeat(${across}, 1fr)` }}
          >
            {items.slice(lane.index * across, (lane.index + 1) * across).map((item) => (
              <Tile key={item.id} item={item} chosen={chosen.has(item.id)} onToggle={() => toggle(item.id)} onOpen={() => onOpen(item)} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function Tile({ item, chosen, onToggle, onOpen }: { item: Item; chosen: boolean; onToggle: () => void; onOpen: () => void }) {
  const t = dataTexts.use();
  const short = item.name.split("/").pop() ?? item.name;
  const media = item.media as { text?: string };
  return (
    <div className="item-tile" data-chosen={chosen}>
      <button type="button" className="item-open" onClick={onOpen} aria-label={item.name}>
        {item.urls.preview ? <img src={item.urls.preview} alt="" loading="lazy" decoding="async" /> : <span>{media.text?.slice(0, 90) ?? short}</span>}
      </button>
      <div className="item-name" title={item.name}>
        <span>{short}</span>
        {item.duplicate_of && <Tag tone="info">{t("duplicate")}</Tag>}
        {item.problems.length > 0 && <Tag tone="warn">{item.problems.length}</Tag>}
      </div>
      <input type="checkbox" aria-label={`${t("select")} ${item.name}`} checked={chosen} onChange={onToggle} />
    </div>
  );
}
