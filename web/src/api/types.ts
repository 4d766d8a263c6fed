import type { components } from "./generated/openapi";

/** The shapes of the API, by the name they have in its OpenAPI document. */
export type Schemas = components["schemas"];

/** A page of a list that is read by cursor. */
export interface Page<T> {
  items: T[];
  next: string | null;
}
