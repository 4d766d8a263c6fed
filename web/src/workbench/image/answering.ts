/** Classes and questions of the task at hand: the chips with their keys, and what choosing one does. */
import type { ActionRegistry } from "../core/actions";
import { attributesFor, itemAttributes, type Attribute, type AttributeValue } from "../core/model";
import type { Setup } from "../outbox/wire";
import type { ImageBench } from "./bench";
import { chipsFor, questionAt, valuesOf, type Chip } from "./chips";
import * as commands from "./commands";

export class Answering<C> {
  constructor(
    private readonly bench: ImageBench, private readonly registry: ActionRegistry<C>, private readonly setup: () => Setup | null,
    private readonly language: () => string, private readonly yesNo: () => readonly [string, string], private readonly digits: () => boolean,
    /** Everything that the picture asks has been answered. */
    private readonly answered: () => void,
  ) {}

  /** The keys have changed. */
  forget(): void { this.chipCache = null; }

  /** Keys that actions hold; the rest is for classes. */
  private taken(): Set<string> {
    const taken = new Set<string>();
    for (const action of this.registry.all()) if (!action.id.startsWith("class.key.")) for (const key of this.registry.keysOf(action.id)) taken.add(key);
    return taken;
  }

  chips(): Chip[] {
    const setup = this.setup();
    if (!setup) return [];
    const key = `${this.bench.branch} ${this.bench.question} ${this.language()} ${this.registry.all().length} ${JSON.stringify(this.bench.store.document.item_attrs)}`;
    if (this.chipCache?.key === key && this.chipCache.setup === setup) return this.chipCache.chips;
    const chips = chipsFor(
      setup.schema, this.bench.branch, this.taken(), this.language(), setup.colours?.length ? setup.colours : undefined,
      questionAt(setup.schema, this.bench.store.document.item_attrs, this.bench.question), this.digits(), this.yesNo(),
    );
    this.chipCache = { key, setup, chips };
    return chips;
  }
  private chipCache: { key: string; setup: Setup; chips: Chip[] } | null = null;

  pick(chip: Chip): void {
    if (this.bench.settings.readOnly) return;
    if (chip.attribute === undefined) { this.bench.pickClass(chip.id); return; }
    const attribute = this.setup()?.schema.attributes?.find((a) => a.id === chip.attribute);
    if (!attribute || chip.value === undefined) return;
    this.answerItem(attribute, chip.value);
  }

  private answerItem(attribute: Attribute, value: string): void {
    const now = this.bench.store.document.item_attrs[attribute.id] ?? null;
    this.bench.setItemAttribute(attribute.id, toggled(attribute, now, value));
    // One question answered: the keys go to the next one.
    if (attribute.type !== "choices") this.bench.question = null;
    this.bench.notify();
    this.goOn();
  }

  /** Hand in when she wants that and nothing is left to answer. */
  goOn(): void { if (this.bench.options.autoNext && this.asksOnly() && this.isComplete()) this.answered(); }

  /** Whether the schema only asks questions with one answer each: then the last one may hand in. */
  asksOnly(): boolean {
    const schema = this.setup()?.schema;
    const list = (schema?.attributes ?? []).filter((a) => a.scope === "item");
    return (schema?.classes ?? []).length === 0 && list.length > 0 && list.every((a) => a.type === "choice" || a.type === "bool");
  }

  private isComplete(): boolean {
    const values = this.bench.store.document.item_attrs;
    return itemAttributes(this.setup()?.schema ?? {}, values).every((a) => values[a.id] != null);
  }

  hasQuestions(): boolean { return (this.setup()?.schema.attributes ?? []).some((a) => a.scope === "item"); }

  nextQuestion(): void {
    const setup = this.setup();
    if (!setup) return;
    const list = (setup.schema.attributes ?? []).filter((a) => a.scope === "item" && (a.type === "choice" || a.type === "choices" || a.type === "bool"));
    const now = questionAt(setup.schema, this.bench.store.document.item_attrs, this.bench.question);
    const at = list.findIndex((a) => a.id === now?.id);
    this.bench.question = list[(at + 1) % list.length]?.id ?? null;
    this.bench.notify();
  }

  parentBranch(): string | null {
    return this.setup()?.schema.classes?.find((c) => c.id === this.bench.branch)?.parent ?? null;
  }

  /** Shift+digit: a value of the first attribute of the chosen marks that has none yet, else of the last one. */
  answer(index: number): void {
    const attribute = this.openAttribute();
    const value = attribute ? valuesOf(attribute)[index] : undefined;
    const mark = commands.chosen(this.bench)[0];
    if (!attribute || value === undefined || !mark) return;
    this.bench.setAttribute(attribute.id, toggled(attribute, mark.attrs?.[attribute.id] ?? null, value));
  }

  /** The attribute that Shift+digit answers now. */
  openAttribute(): Attribute | null {
    const mark = commands.chosen(this.bench)[0];
    const setup = this.setup();
    if (!mark || !setup) return null;
    const list = attributesFor(setup.schema, mark.label, mark.attrs).filter((a) => a.type === "choice" || a.type === "choices" || a.type === "bool");
    return list.find((a) => mark.attrs?.[a.id] == null) ?? list.at(-1) ?? null;
  }
}

/** The value after choosing `value`: choices toggle, the others are set; choosing again takes a choice back. */
function toggled(attribute: Attribute, now: AttributeValue, value: string): AttributeValue {
  if (attribute.type === "bool") return value === "true";
  if (attribute.type === "choices") {
    const list = Array.isArray(now) ? now : [];
    return list.includes(value) ? list.filter((v) => v !== value) : [...list, value];
  }
  return now === value && !attribute.required ? null : value;
}
