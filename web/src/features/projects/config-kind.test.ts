import { describe, expect, it } from "vitest";
import { configKindOf } from "./config-kind";

describe("what a configuration file is", () => {
  it.each([
    ["Label Studio", "config.xml", "<View>\n <Image name='i' value='$image'/></View>", "label_studio_xml"],
    ["VOC", "0001.xml", "<annotation><object><name>car</name></object></annotation>", "annotations"],
    ["CVAT", "labels.json", '[{"name": "car", "color": "#ff0000", "attributes": []}]', "cvat_json"],
    ["COCO", "instances.json", '{"images": [], "annotations": [], "categories": [{"id": 1, "name": "car"}]}', "annotations"],
    ["Label Studio tasks", "tasks.json", '[{"id": 1, "data": {}, "annotations": []}]', "annotations"],
    ["names", "coco.names", "person\nbicycle\n", "names"],
    ["our own schema", "schema.json", '{"classes": [{"id": "car"}]}', "doujia"],
    ["lines of JSON", "marks.jsonl", '{"a": 1}\n{"a": 2}', "annotations"],
    ["nothing", "x.json", "", "annotations"],
  ])("of %s", (_what, name, text, kind) => {
    expect(configKindOf(name, text)).toBe(kind);
  });
});
