/** How a generated module reads what it is given: as `readAttribute` of runtime/table does, word for word. */
import { type Attribute, type AttributeType, expectation, type ScalarType } from "../../runtime/table/artifact.ts";
import { literal, variable } from "./javascript-literal.ts";

/** Source of what every reader uses. */
export const READ = `/** A value of a request is not one that its attribute may have. */
export class AttributeError extends Error {
  name = "AttributeError";
  constructor(attribute, message) {
    super(message);
    this.attribute = attribute;
  }
}

const given = (attributes, name) => (Object.hasOwn(attributes, name) ? attributes[name] : undefined);

/** What is given of an attribute, else its default; money in nano-dollars. */
function read(attributes, name, { what = "attribute", expected, parse, otherwise }) {
  const came = given(attributes, name);
  if (came === undefined && otherwise !== undefined) return otherwise;
  if (came === undefined) throw new AttributeError(name, \`\${what} \\\`\${name}\\\` is missing: expected \${expected}\`);
  const value = parse(came);
  if (value !== undefined) return value;
  const shown = typeof came === "string" ? came : JSON.stringify(came);
  throw new AttributeError(name, \`\${what} \\\`\${name}\\\` is \\\`\${shown}\\\`: expected \${expected}\`);
}

const when = (holds, value) => (holds ? value : undefined);
const oneOf = (...members) => ({
  expected: \`one of \${members.join(", ")}\`,
  parse: (came) => when(members.includes(came), came),
});
`;

/** Source of the function that takes what is given for a value of a type; it gives undefined for what is none. */
const PARSE: Readonly<Record<ScalarType["kind"], string>> = {
  bool: '(came) => when(typeof came === "boolean", came)',
  string: '(came) => when(typeof came === "string", came)',
  int: "(came) => when(Number.isSafeInteger(came), came)",
  duration: "(came) => when(Number.isSafeInteger(came) && came >= 0, came)",
  score: '(came) => when(typeof came === "number" && came >= 0 && came <= 1, came)',
  percent: "(came) => when(Number.isFinite(came) && came >= 0, came)",
  money: `(came) => {
    const nano = typeof came === "number" ? Math.round(came * 1e9) : Number.NaN;
    return when(Number.isSafeInteger(nano) && nano >= 0, nano);
  }`,
};

/** Source of what `reading` needs to know of these attributes. */
export function descriptions(attributes: readonly Attribute[]): string {
  const scalars = new Map(attributes.flatMap(({ type }) => (type.kind === "enum" ? [] : [[type.kind, type]])));
  return [
    ...Array.from(scalars.values(), (type) => `const ${type.kind} = ${described(type, PARSE[type.kind])};`),
    ...attributes.map((attribute) => `const ${variable(attribute.name, "as")} = ${description(attribute)};`),
    "",
  ].join("\n");
}

function described(type: AttributeType, parse: string): string {
  return `{\n  expected: ${literal(expectation(type))},\n  parse: ${parse},\n}`;
}

function description({ type, source, default: otherwise }: Attribute): string {
  const enumerated = type.kind === "enum" ? `oneOf(${type.members.map(literal).join(", ")})` : type.kind;
  const extra = [
    ...(source.from === "signal" || source.from === "state" ? [`what: ${literal(source.from)}`] : []),
    ...(otherwise === undefined ? [] : [`otherwise: ${literal(otherwise)}`]),
  ];
  return extra.length === 0 ? enumerated : `{ ...${enumerated}, ${extra.join(", ")} }`;
}

/** Source of an expression that reads an attribute, in the units of the table. */
export function reading({ name }: Attribute): string {
  return `read(attributes, ${literal(name)}, ${variable(name, "as")})`;
}
