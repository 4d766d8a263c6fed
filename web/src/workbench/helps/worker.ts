/** The worker thread of the helps: nothing here may block the hand. */
import { grabCut } from "./grabcut";
import { livewire } from "./livewire";
import type { HelpAnswer, HelpRequest } from "./messages";
import { slic } from "./slic";

interface Scope {
  onmessage: ((event: MessageEvent<HelpRequest>) => void) | null;
  postMessage(message: HelpAnswer, transfer: Transferable[]): void;
}
const scope = self as unknown as Scope;

scope.onmessage = ({ data: request }) => {
  const image = { width: request.width, height: request.height, data: new Uint8ClampedArray(request.data) };
  switch (request.kind) {
    case "outline": {
      const mask = grabCut(image, request.box, request.clicks);
      scope.postMessage({ id: request.id, kind: "outline", mask }, [mask.buffer]);
      return;
    }
    case "wire": {
      const from = livewire(image, request.x, request.y);
      scope.postMessage({ id: request.id, kind: "wire", from }, [from.buffer]);
      return;
    }
    case "superpixels": {
      const { labels, count } = slic(image, request.size);
      scope.postMessage({ id: request.id, kind: "superpixels", labels, count }, [labels.buffer]);
    }
  }
};
