/** The parts of a project's page, as they stand in its address. */
export const PROJECT_TABS = ["overview", "schema", "guideline", "annotations", "quality", "releases", "settings"] as const;
export type ProjectTab = (typeof PROJECT_TABS)[number];
