/**
 * Programs of many files for the benchmark of `check`: one file of attributes, one of models, one for each team with a
 * route, plans and lets of its own, and a main file that imports the teams'. They have no errors. The same rules are
 * written as Cedar policies with a schema, to be validated beside them.
 */
import {
  CHOICES,
  type Condition,
  type ConditionList,
  declareAttributes,
  generatePolicy,
  seededRandom,
  writeCondition,
} from "./policies.ts";

export interface GeneratedProgram {
  /** Texts by file name; the main file is `main.route`. */
  readonly files: ReadonlyMap<string, string>;
  /** The file with most rules. */
  readonly largest: string;
  /** The same rules in Cedar. */
  readonly cedar: { readonly schema: string; readonly policies: string };
}

const MODELS = 8;
/** The file of the attributes, that of the models, and the main one. */
const SHARED = 3;
/** The share of all rules that the largest team has. */
const LARGEST = 0.2;

/** A program of so many rules in so many files, at least five. */
export function generateProgram(rules: number, files: number): GeneratedProgram {
  const teams = files - SHARED;
  const ofFirst = Math.round(rules * LARGEST);
  const policies = Array.from({ length: teams }, (_, i) => {
    const [rest, others] = [rules - ofFirst, teams - 1];
    const count = i === 0 ? ofFirst : Math.floor((rest * i) / others) - Math.floor((rest * (i - 1)) / others);
    return generatePolicy(count, seededRandom(i + 1)).rules;
  });
  const names = policies.map((_, i) => `team_${i}`);
  return {
    files: new Map([
      ["main.route", names.map((name) => `import "./${name}.route"\n`).join("")],
      ["attributes.route", `${declareAttributes()}\n\nlet long = prompt_tokens > 16k\n`],
      ["models.route", modelsFile()],
      ...policies.map((policy, i) => [`${names[i]}.route`, teamFile(`team_${i}`, policy)] as const),
    ]),
    largest: "team_0.route",
    cedar: {
      schema: cedarSchema(names),
      policies: policies.flatMap((policy, i) => policy.map((rule) => cedarPolicy(`team_${i}`, rule))).join(""),
    },
  };
}

function modelsFile(): string {
  const models = Array.from(
    { length: MODELS },
    (_, i) => `model m${i} = lab "m${i}" { context 1M  output 16k  price { input $1, output $2 }  can [tools, json] }`,
  );
  return `provider lab { protocol simulated }\n\n${models.join("\n")}\n`;
}

function teamFile(team: string, rules: readonly ConditionList[]): string {
  const targets = [
    `${team}_cheap`,
    `${team}_safe`,
    "m1",
    "m2 else m3",
    "m4 with { timeout 20s, retries 1 }",
    "m5 else on failed, filtered m6",
  ];
  const lines = rules.map((conditions, i) => {
    const target = targets[i % targets.length];
    if (conditions.length === 0) return `  otherwise -> ${target}`;
    return `  when ${conditions.map((each) => inProgram(each, team)).join(" and ")} -> ${target}`;
  });
  return `/// What the requests of ${team} are answered by.
import "./attributes.route"
import "./models.route"

let ${team}_urgent = critical

plan ${team}_cheap = cheapest { m0, m1, m2 }
plan ${team}_safe  = m7 else m0 with { retries 2 }

route ${team} {
  deadline 60s

${lines.join("\n")}
}
`;
}

/** A condition in the words of a program, which has a `let` for some. */
function inProgram(condition: Condition, team: string): string {
  const { attribute, is, value } = condition;
  if (attribute === "critical") return value === true ? `${team}_urgent` : `not ${team}_urgent`;
  if (attribute === "prompt_tokens" && value === 16_000) return is === ">" ? "long" : "not long";
  return writeCondition(condition);
}

function cedarSchema(actions: readonly string[]): string {
  const enums = Object.entries(CHOICES).map(
    ([name, members]) => `entity ${name} enum [${members.map((member) => JSON.stringify(member)).join(", ")}];\n`,
  );
  const fields = [
    ...Object.keys(CHOICES).map((name) => `${name}: ${name}`),
    "tenant: String",
    "critical: Bool",
    "prompt_tokens: Long",
  ];
  const context = `{ ${fields.join(", ")} }`;
  return `entity Caller;\nentity Service;\n${enums.join("")}${actions
    .map((name) => `action ${name} appliesTo { principal: Caller, resource: Service, context: ${context} };\n`)
    .join("")}`;
}

function cedarPolicy(action: string, rule: ConditionList): string {
  const tests = rule.map(({ attribute, is, value }) => {
    if (attribute in CHOICES) return `context.${attribute} == ${attribute}::${JSON.stringify(value)}`;
    if (attribute === "critical") return `${value === true ? "" : "!"}context.critical`;
    return `context.${attribute} ${is} ${JSON.stringify(value)}`;
  });
  const when = tests.length === 0 ? "" : ` when { ${tests.join(" && ")} }`;
  return `permit (principal, action == Action::"${action}", resource)${when};\n`;
}
