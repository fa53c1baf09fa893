/** Reading the fields of a provider's or a model's block, with what is wrong with them reported. */
import type { Allowance, Options, Text } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Environment, Field, FieldValue, Span, Value, Word } from "../syntax/index.ts";
import { checkOptions, OPTION_NAMES } from "./options.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean, orExpected } from "./report.ts";
import type { Scope } from "./scope.ts";
import { type Type, valueRange } from "./types.ts";
import { checkValue, isEmpty } from "./values.ts";
import { checkAllowances } from "./windows.ts";

/** What fields take that is more than a value. */
const FORMS: readonly FieldValue["kind"][] = [
  ...(["env", "list", "prices", "options", "sdk", "breaker", "header", "allow"] as const),
  ...(["latency", "quantiles", "speed", "shares"] as const),
];

/** What a block belongs to. */
export interface Owner {
  /** `a provider`, `a model` */
  readonly what: string;
  readonly fields: readonly string[];
  /** Whether a field may stand more than once. */
  repeats(field: Field): boolean;
}

export class Block {
  readonly #fields = new Map<string, Field[]>();
  /** Fields that a misspelt one is near to. */
  readonly #meant = new Set<string>();
  readonly #owner: Owner;
  readonly #file: ProgramFile;
  readonly #scope: Scope;

  constructor(fields: readonly Field[], owner: Owner, file: ProgramFile, scope: Scope) {
    this.#owner = owner;
    this.#file = file;
    this.#scope = scope;
    for (const field of fields) {
      const { text, span } = field.name;
      const earlier = this.#fields.get(text);
      if (!owner.fields.includes(text)) {
        const meant = nearest(text, owner.fields);
        if (meant !== undefined) this.#meant.add(meant);
        const option = OPTION_NAMES.includes(text) && owner.fields.includes("with") && meant === undefined;
        const message = `${owner.what} has no field \`${text}\``;
        const written = file.text.slice(field.span.start, field.span.end);
        if (option) scope.report.error("RT2006", file.name, span, message, { help: `write \`with { ${written} }\`` });
        else scope.report.error("RT2006", file.name, span, orExpected(message, owner.fields, meant), didYouMean(meant));
      } else if (earlier === undefined) this.#fields.set(text, [field]);
      else if (owner.repeats(field) || earlier.every((other) => owner.repeats(other))) earlier.push(field);
      else scope.report.error("RT2008", file.name, span, `\`${text}\` is given twice`);
    }
  }

  field(name: string): Field | undefined {
    return this.#fields.get(name)?.[0];
  }

  /** In the order in which they stand. */
  all(name: string): readonly Field[] {
    return this.#fields.get(name) ?? [];
  }

  /** Whether a field is missing; one that is there under a misspelt name is not. */
  lacks(name: string): boolean {
    return !this.#fields.has(name) && !this.#meant.has(name);
  }

  value(name: string, type: Type, range = valueRange(type)) {
    const field = this.field(name);
    if (field === undefined) return undefined;
    return isValue(field.value)
      ? checkValue(field.value, type, range, this.#file.name, this.#scope.report)
      : this.wrong(field, "a value");
  }

  /** A name that stands for itself, quoted or not. */
  word(name: string): string | undefined {
    const field = this.field(name);
    if (field === undefined) return undefined;
    return field.value.kind === "word" ? field.value.text : this.wrong(field, "a name");
  }

  /** A list in which each name stands once. */
  words(name: string): readonly { readonly text: string; readonly span: Span }[] | undefined {
    const field = this.field(name);
    if (field === undefined) return undefined;
    if (field.value.kind !== "list") return this.wrong(field, "a list such as `[a, b]`");
    const { items } = field.value;
    const first = items.filter(({ text }, index) => items.findIndex((other) => other.text === text) === index);
    for (const { text, span } of items.filter((item) => !first.includes(item)))
      this.#scope.report.error("RT2008", this.#file.name, span, `\`${text}\` is given twice`);
    return first;
  }

  options(): Options | undefined {
    const field = this.field("with");
    if (field === undefined) return undefined;
    return field.value.kind === "options"
      ? checkOptions(field.value, this.#file, this.#scope)
      : this.wrong(field, "a block such as `{ timeout 20s }`");
  }

  allowances(): Allowance[] | undefined {
    const field = this.field("allow");
    if (field === undefined) return undefined;
    return field.value.kind === "allow"
      ? checkAllowances(field.value.allowances, this.#file, this.#scope)
      : this.wrong(field, "how much in how long, such as `60 requests per minute`");
  }

  /** A quoted text, or the environment variable that holds it. */
  text(name: string): Text | undefined {
    const field = this.field(name);
    return field && this.textOf(field, field.value);
  }

  /** As `text`, of a part of a field. */
  textOf(field: Field, value: FieldValue): Text | undefined {
    if (value.kind === "env") {
      const [first, second] = this.variables(value);
      if (second !== undefined) return this.wrong(field, 'one environment variable, such as `env "NAME"`', value.span);
      return first;
    }
    if (value.kind !== "word" || !value.quoted) return this.wrong(field, 'a text, or `env "NAME"`');
    if (!isEmpty(value)) return value.text;
    this.#scope.report.error("RT2004", this.#file.name, value.span, `\`${field.name.text}\` is empty`);
    return undefined;
  }

  /** The environment variables of `env`. */
  variables({ names }: Environment): Text[] {
    for (const name of names) this.#checkVariable(name);
    return names.map(({ text }) => ({ env: text }));
  }

  /** Reports that a field takes something else. */
  wrong(field: Field, expected: string, span = field.value.span): undefined {
    const { text } = field.name;
    this.#scope.report.error("RT2003", this.#file.name, span, `\`${text}\` of ${this.#owner.what} takes ${expected}`);
    return undefined;
  }

  #checkVariable(name: Word): void {
    if (isEmpty(name))
      this.#scope.report.error(
        "RT2004",
        this.#file.name,
        name.span,
        "an environment variable has a name: this one is empty",
      );
  }
}

function isValue(value: FieldValue): value is Value {
  return !FORMS.includes(value.kind);
}
