import { IconPhotoOff } from "@tabler/icons-react";
import { cropOf, type Finding } from "./reports";
import { reportTexts } from "./texts-reports";

const FRAME = { width: 320, height: 176 };

/** The place of an error, cut out of its picture. */
export function Crop({ finding }: { finding: Finding }) {
  const t = reportTexts.use();
  const { preview, region, width, height } = finding;
  if (!preview || !width || !height) {
    return <span className="crop empty-crop"><IconPhotoOff size={28} stroke={1.25} /><span className="small">{t("noPicture")}</span></span>;
  }
  const { scale, left, top } = cropOf(region ?? [0, 0, width, height], { width, height }, FRAME);
  const around = region && { x: region[0], y: region[1], width: region[2] - region[0], height: region[3] - region[1] };
  return (
    <span className="crop">
      <svg viewBox={`${-left / scale} ${-top / scale} ${FRAME.width / scale} ${FRAME.height / scale}`} preserveAspectRatio="xMidYMid slice" aria-hidden>
        <image href={preview} width={width} height={height} />
        {around && (
          <>
            <rect {...around} className="pin under" />
            <rect {...around} className={finding.error_class === "missed" ? "pin missed" : "pin"} />
          </>
        )}
      </svg>
      {!region && <span className="crop-note">{t("place")}</span>}
    </span>
  );
}
