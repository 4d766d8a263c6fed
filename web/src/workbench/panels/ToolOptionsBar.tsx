import type { ToolOptions } from "../tools/tool";
import { benchTexts } from "../texts-bench";
import { useBench, type AnyText } from "./hooks";

/** The few settings of the tool at hand. */
export function ToolOptionsBar() {
  const t = benchTexts.use() as AnyText;
  const bench = useBench();
  const { options } = bench;
  const set = (change: Partial<ToolOptions>): void => { Object.assign(options, change); bench.notify(); };
  const pair = <K extends "boxBy" | "skeletonBy" | "outlineAs">(field: K, values: readonly ToolOptions[K][], label: string) => (
    <div className="wb-field inline" role="group" aria-label={label}>
      <span className="wb-field-name">{label}</span>
      <div className="wb-seg">
        {values.map((value) => <button key={value} type="button" className={options[field] === value ? "on" : ""} aria-pressed={options[field] === value} onClick={() => set({ [field]: value } as Partial<ToolOptions>)}>{t(`${field}_${value}`)}</button>)}
      </div>
    </div>
  );
  const slider = (field: "brush" | "tolerance", text: string, most: number) => (
    <label className="wb-field inline"><span className="wb-field-name">{text}</span><input type="range" min={1} max={most} value={options[field]} onChange={(event) => set({ [field]: Number(event.target.value) })} /></label>
  );
  const check = (field: "loupe" | "snap", text: string) => <label className="wb-check"><input type="checkbox" checked={options[field]} onChange={(event) => set({ [field]: event.target.checked })} />{text}</label>;
  const inside = ((): React.ReactNode => {
    switch (bench.activeTool) {
      case "box": return pair("boxBy", ["drag", "extreme"], t("optionBox"));
      case "keypoints": return <>{pair("skeletonBy", ["template", "points"], t("optionSkeleton"))}{check("loupe", t("optionLoupe"))}</>;
      case "points": return check("loupe", t("optionLoupe"));
      case "outline": return pair("outlineAs", ["polygon", "mask"], t("optionOutline"));
      case "brush":
      case "eraser": return slider("brush", t("optionBrush", { size: options.brush }), 200);
      case "flood": return slider("tolerance", t("optionTolerance", { value: options.tolerance }), 120);
      case "polygon":
      case "polyline":
      case "scissors": return check("snap", t("optionSnap"));
      default: return null;
    }
  })();
  return inside ? <section className="wb-sec wb-toolset">{inside}</section> : null;
}
