/**
 * JSON Schemas of what a package's `.d.ts` declares: for Anthropic, whose types are published and no schema is. It reads the
 * TypeScript that generated declarations are made of (interfaces, unions, literals, arrays, maps, namespaces), and throws at
 * anything else. Strict: a member that no type names is wrong, and one without `?` must be there.
 */
import { readFileSync } from "node:fs";

type Schema = Readonly<Record<string, unknown>>;

const TOKEN = /'[^']*'|"[^"]*"|[A-Za-z_$][\w$]*|-?\d+|[{}()[\]<>|&:;?,.=]/g;
const PRIMITIVES: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  null: { type: "null" },
  true: { const: true },
  false: { const: false },
  unknown: {},
};

/** A schema with everything that `file` exports under `$defs`. */
export function schemaOfTypes(file: string | URL, id: string): Schema {
  const source = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const $defs: Record<string, Schema> = {};
  // Those that extend others are of requests, and left out: what refers to one does not compile.
  for (const [, name = "", body = ""] of source.matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm))
    $defs[name] = new TypeReader(`{${body}}`).type();
  for (const [, name = "", body = ""] of source.matchAll(/^export type (\w+) = ([\s\S]*?);$/gm))
    $defs[name] = new TypeReader(body).type();
  for (const [, space = "", body = ""] of source.matchAll(/^export declare namespace (\w+) \{\n([\s\S]*?)^\}/gm)) {
    for (const [, name = "", members = ""] of body.matchAll(/^ {4}interface (\w+) \{\n([\s\S]*?)^ {4}\}/gm))
      $defs[`${space}.${name}`] = new TypeReader(`{${members}}`).type();
  }
  return { $id: id, $defs };
}

class TypeReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = source.match(TOKEN) ?? [];
  }

  type(): Schema {
    if (this.#peek() === "|") this.#next();
    const members = [this.#postfix()];
    while (this.#peek() === "|") {
      this.#next();
      members.push(this.#postfix());
    }
    return members.length === 1 ? (members[0] as Schema) : { anyOf: members };
  }

  #postfix(): Schema {
    let schema = this.#primary();
    while (this.#peek() === "[") {
      this.#next();
      this.#expect("]");
      schema = { type: "array", items: schema };
    }
    return schema;
  }

  #primary(): Schema {
    const token = this.#next();
    if (/^['"]/.test(token)) return { const: token.slice(1, -1) };
    if (/^-?\d/.test(token)) return { const: Number(token) };
    if (token === "{") return this.#object();
    if (token === "(") return this.#parenthesized();
    if (token === "Array" || token === "Record") return this.#generic(token);
    const primitive = PRIMITIVES[token];
    if (primitive !== undefined) return primitive;
    let name = token;
    while (this.#peek() === ".") {
      this.#next();
      name += `.${this.#next()}`;
    }
    return { $ref: `#/$defs/${name.replace(/^MessagesAPI\./, "")}` };
  }

  /** Such as `(string & {})`, which is any text. */
  #parenthesized(): Schema {
    const schema = this.type();
    if (this.#peek() === "&") {
      this.#next();
      this.type();
    }
    this.#expect(")");
    return schema;
  }

  #generic(name: string): Schema {
    this.#expect("<");
    let inner = this.type();
    if (name === "Record") {
      this.#expect(",");
      inner = this.type();
    }
    this.#expect(">");
    return name === "Array" ? { type: "array", items: inner } : { type: "object", additionalProperties: inner };
  }

  #object(): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    let additionalProperties: Schema | boolean = false;
    while (this.#peek() !== "}") {
      let name = this.#next();
      if (name === "[") {
        while (this.#next() !== "]");
        this.#expect(":");
        additionalProperties = this.type();
      } else {
        name = name.replaceAll(/['"]/g, "");
        if (this.#peek() === "?") this.#next();
        else required.push(name);
        this.#expect(":");
        properties[name] = this.type();
      }
      if (this.#peek() === ";") this.#next();
    }
    this.#expect("}");
    return { type: "object", properties, required, additionalProperties };
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? "";
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? "";
  }

  #expect(token: string): void {
    const next = this.#next();
    if (next !== token)
      throw new Error(
        `expected ${token}, not ${next}, near ${this.#tokens.slice(this.#at - 8, this.#at + 4).join(" ")}`,
      );
  }
}
