/** One namespace for everything that is declared; what a file sees of it is its own names and those of its imports. */
import { nearest } from "../diagnostics/index.ts";
import type {
  AttributeDeclaration,
  LetDeclaration,
  MeterDeclaration,
  ModelDeclaration,
  Name,
  PlanDeclaration,
  ProviderDeclaration,
  SignalDeclaration,
} from "../syntax/tree.ts";
import { BUILT_IN_NAMES } from "./builtins.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";

/** Something declared under a name. */
export type Declared = { readonly name: Name; readonly file: ProgramFile; used: boolean } & (
  | { readonly kind: "attribute"; readonly declaration: AttributeDeclaration }
  | { readonly kind: "provider"; readonly declaration: ProviderDeclaration }
  | { readonly kind: "model"; readonly declaration: ModelDeclaration }
  | { readonly kind: "signal"; readonly declaration: SignalDeclaration }
  | { readonly kind: "let"; readonly declaration: LetDeclaration }
  | { readonly kind: "meter"; readonly declaration: MeterDeclaration }
  | { readonly kind: "plan"; readonly declaration: PlanDeclaration }
);

export type DeclaredKind = Declared["kind"];

/** With its article, for messages. */
export function describeKind(kind: DeclaredKind): string {
  return kind === "attribute" ? "an attribute" : kind === "let" ? "a `let`" : `a ${kind}`;
}

/** `a, b or c`. */
function eitherOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

export class Names {
  readonly #byName = new Map<string, Declared>();
  /** Names that were declared twice: what else one may mean is known to its author only. */
  readonly #contested = new Set<string>();

  readonly #attributes: Declared[] = [];

  get all(): Iterable<Declared> {
    return this.#byName.values();
  }

  get attributes(): readonly Declared[] {
    return this.#attributes;
  }

  /** Takes a name, or reports who has it already. */
  declare(declared: Declared, report: Report): void {
    const { name, file } = declared;
    if (name.text === "") return;
    if (BUILT_IN_NAMES.has(name.text)) {
      report.error("RT2002", file.name, name.span, `\`${name.text}\` is built in: choose another name`);
      return;
    }
    const first = this.#byName.get(name.text);
    if (first === undefined) {
      this.#byName.set(name.text, declared);
      if (declared.kind === "attribute") this.#attributes.push(declared);
      return;
    }
    this.#contested.add(name.text);
    report.error(
      "RT2002",
      file.name,
      name.span,
      `\`${name.text}\` is declared already, as ${describeKind(first.kind)}`,
      {
        help: "attributes, signals, lets, meters, providers, models and plans share their names across the whole program",
        related: [{ file: first.file.name, span: first.name.span, message: "first declared here" }],
      },
    );
  }

  /** What a name means in a file, whatever its kind; nothing is reported. */
  find(name: string, file: ProgramFile): Declared | undefined {
    const declared = this.#byName.get(name);
    return declared !== undefined && (declared.file === file || file.imports.includes(declared.file))
      ? declared
      : undefined;
  }

  /**
   * What a name means where one of `kinds` is wanted; reports when it means nothing, or something else. `builtIns` are
   * other names that would do, for suggestions.
   */
  resolve<K extends DeclaredKind>(
    name: Name,
    file: ProgramFile,
    kinds: readonly K[],
    report: Report,
    builtIns: Iterable<string> = [],
  ): Extract<Declared, { kind: K }> | undefined {
    if (name.text === "") return undefined;
    const declared = this.find(name.text, file);
    const wanted = (): string => eitherOf(kinds.map(describeKind));
    if (declared === undefined) {
      if (BUILT_IN_NAMES.has(name.text)) {
        const message = `\`${name.text}\` is built in: expected ${wanted()} that is declared`;
        report.error("RT2011", file.name, name.span, message);
        return undefined;
      }
      if (file.lacksImport || this.#contested.has(name.text)) return undefined;
      report.error("RT2001", file.name, name.span, `\`${name.text}\` is not declared: expected ${wanted()}`, {
        ...this.#helpFor(name.text, file, kinds, builtIns),
      });
      return undefined;
    }
    if (!(kinds as readonly DeclaredKind[]).includes(declared.kind)) {
      if (this.#contested.has(name.text)) return undefined;
      report.error(
        "RT2011",
        file.name,
        name.span,
        `\`${name.text}\` is ${describeKind(declared.kind)}: expected ${wanted()}`,
        { related: [{ file: declared.file.name, span: declared.name.span, message: "declared here" }] },
      );
      return undefined;
    }
    declared.used = true;
    return declared as Extract<Declared, { kind: K }>;
  }

  #helpFor(name: string, file: ProgramFile, kinds: readonly DeclaredKind[], builtIns: Iterable<string>) {
    const elsewhere = this.#byName.get(name);
    if (elsewhere !== undefined)
      return { help: `\`${name}\` is declared in ${elsewhere.file.name}, which this file does not import` };
    const candidates = [...this.#byName.values()]
      .filter((declared) => kinds.includes(declared.kind) && this.find(declared.name.text, file) !== undefined)
      .map((declared) => declared.name.text);
    return didYouMean(nearest(name, [...candidates, ...builtIns]));
  }
}
