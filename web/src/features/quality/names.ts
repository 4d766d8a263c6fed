import { useQuery } from "@tanstack/react-query";
import { i18next } from "../../app/i18n";
import { projectQuery } from "../projects/projects";
import { colourOf, nameOf, type Attribute } from "../projects/schema/model";
import { useProjectSchema } from "../work/PeopleView";
import { reportTexts } from "./texts-reports";

export interface Names {
  ofClass: (label: string) => string;
  colour: (label: string) => string | undefined;
  ofError: (id: string) => string;
  ofSlice: (key: string, name: string) => string;
  errors: { id: string; name: string }[];
  classes: { id: string; name: string }[];
}

/** What a project's classes, errors and parts of the data are called in the language now spoken. */
export function useNames(project: string): Names {
  const t = reportTexts.use();
  const schema = useProjectSchema(project).data?.schema;
  const settings = useQuery({ ...projectQuery(project), enabled: project !== "" }).data?.settings;
  const language = i18next.language;
  const short = language.startsWith("zh") ? "zh" : "en";
  const ofClass = (label: string) => {
    const found = schema?.classes?.find((c) => c.id === label);
    return found ? nameOf(found, language) : label;
  };
  const errors = (settings?.error_classes ?? []).map((e) => ({ id: e.id, name: e[short] }));
  const attribute = (id: string): Attribute | undefined => (schema?.attributes ?? []).find((a) => a.id === id);
  const ofSlice = (key: string, name: string) => {
    const [, kind = "", id = "", value = ""] = /^(attr|item|dataset|suggested):([^=]*)=?(.*)$/s.exec(key) ?? [];
    if (kind === "dataset") return t("slice.dataset", { name: name || id });
    if (kind === "suggested") return t(id === "yes" ? "slice.suggested.yes" : "slice.suggested.no");
    const found = attribute(id);
    const word = found?.value_names?.[value]?.[short] ?? value;
    return found ? `${nameOf(found, language)}: ${word}` : key;
  };
  return {
    ofClass, ofSlice, errors,
    colour: (label) => (schema && schema.classes?.some((c) => c.id === label) ? colourOf(schema, label) : undefined),
    ofError: (id) => errors.find((e) => e.id === id)?.name ?? id,
    classes: (schema?.classes ?? []).map((c) => ({ id: c.id, name: nameOf(c, language) })),
  };
}
