/**
 * Random policies over everything that rules may test: attributes of every type and source, what is built in, signals,
 * meters and providers; every operator, nested conditions, lets, groups, matches, several routes, `for`. Literals come
 * from small pools, so that rules of one policy meet at the same cut points.
 */
import fc from "fast-check";

/** What a rule may test, and how. */
interface Operand {
  readonly name: string;
  readonly condition: fc.Arbitrary<string>;
  readonly pattern: fc.Arbitrary<string>;
  /** From a claim or a header: a route's `for` may test it. */
  readonly ofCaller?: true;
}

const DECLARATIONS = `time zone "Europe/Warsaw"

request {
  tier    free | pro | "enter prise"       from claim "tier"        default free
  region  eu | us | apac | latam | africa  from claim "region"
  urgent  bool                             from header "x-urgent"   default false
  tenant  string                           from header "x-tenant"   default ""
  org     string                           from claim "/org/id"
  weight  int                              from metadata "weight"   default 0
  level   int                              from body "/level"
  risk    score                            from metadata "risk"     default 0.5
  spent   money                            from metadata "spent"    default $0
  waited  duration                         from metadata "waited"   default 0s
}

provider lab { protocol simulated }
model small = lab "small-1" { context 8k  output 1k  price free }
model big = lab "big-1" { context 128k  output 8k  price { input $1, output $4 } }

signal topic   code | math | other = ask small { code "code"  math "sums"  other "the rest" } timeout 1s else other
signal loud    bool                = keywords ["outage"]
signal tongue  en | de | other     = language
signal grade   score               = http "https://grade.example" timeout 300ms else 0.5

budget month  { per tenant  limit $500 per month }
budget day    { limit $0.000000007 per day }
limit  hourly { per tenant  allow 60 requests per hour }
commit floor  { on lab  spend $1k per month }

plan strong = big else small
`;

const word = fc.oneof(
  fc.constantFrom("acme", "acme-eu", "globex", "ac", "eu", "", "é", "__proto__"),
  fc.string({ maxLength: 3, unit: fc.constantFrom("a", "c", "e", "-", "u") }),
);
const quoted = word.map((text) => JSON.stringify(text));
const equality = fc.constantFrom("==", "!=");
const membership = fc.constantFrom("in", "not in");

function sentence(...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> {
  return fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((words) => words.join(" "));
}

function listed(item: fc.Arbitrary<string>, separator: string, maxLength: number): fc.Arbitrary<string> {
  return fc.uniqueArray(item, { minLength: 1, maxLength }).map((items) => items.join(separator));
}

function set(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return listed(item, ", ", 4).map((items) => `{ ${items} }`);
}

function numbers(name: string, ...ascending: readonly string[]): Operand {
  const literal = fc.constantFrom(...ascending);
  const range = fc.subarray([...ascending], { minLength: 2, maxLength: 2 }).map(([from, to]) => `${from}..${to}`);
  const order = fc.constantFrom("<", "<=", ">", ">=");
  return {
    name,
    condition: fc.oneof(
      sentence(name, fc.oneof(equality, order), literal),
      sentence(name, membership, range),
      sentence(name, membership, set(literal)),
    ),
    pattern: fc.oneof(literal, range, sentence(order, literal)),
  };
}

function members(name: string, ...words: readonly string[]): Operand {
  const member = fc.constantFrom(...words);
  return {
    name,
    condition: fc.oneof(sentence(name, equality, member), sentence(name, membership, set(member))),
    pattern: listed(member, " | ", words.length),
  };
}

function truth(name: string): Operand {
  return {
    name,
    condition: fc.constantFrom(name, `not ${name}`, `${name} == true`, `${name} != true`, `${name} in { false }`),
    pattern: fc.constantFrom("true", "false"),
  };
}

function texts(name: string, regexes: readonly string[]): Operand {
  return {
    name,
    condition: fc.oneof(
      sentence(name, fc.constantFrom("==", "!=", "starts_with", "ends_with", "contains"), quoted),
      sentence(name, membership, set(quoted)),
      // More values than are compared one by one.
      sentence(
        name,
        membership,
        listed(quoted, ", ", 14).map((items) => `{ ${items} }`),
      ),
      sentence(name, "matches", fc.constantFrom(...regexes)),
    ),
    pattern: quoted,
  };
}

const REGEXES = ["/^ac/", "/eu$/", "/a.*e/i", "/^[a-c]{2,3}$/", "/^(ac|glo)+/", "/^$/", "/é|-/", "/[^a]\\b/", "/(?:)/"];
const CALLER: readonly Operand[] = [
  members("tier", "free", "pro", '"enter prise"'),
  members("region", "eu", '"us"', "apac", "latam", "africa"),
  truth("urgent"),
  texts("tenant", REGEXES),
  texts("org", REGEXES),
].map((operand) => ({ ...operand, ofCaller: true }));

const OPERANDS: readonly Operand[] = [
  ...CALLER,
  numbers("weight", "-9007199254740991", "-3", "0", "1", "2", "10k", "9007199254740991"),
  numbers("level", "0", "1", "2", "3"),
  numbers("risk", "0", "0.25", "0.5", "1"),
  numbers("spent", "$0", "$0.000000001", "$2", "$1k"),
  numbers("waited", "0s", "1ms", "2s", "1m"),
  members("endpoint", "chat", "responses", "messages", "embeddings"),
  truth("stream"),
  numbers("prompt_tokens", "0", "1", "8k", "9007199254740991"),
  numbers("turns", "1", "2", "9"),
  truth("needs.vision"),
  texts("prompt", ["/out(age)?/i", "/^.{3}$/"]),
  numbers("time.hour", "0", "8", "18", "23"),
  members("time.weekday", "mon", "fri", "sat", "sun"),
  members("model", '"chat"', '"gpt-4o"', '"fast"'),
  members("topic", "code", "math", "other"),
  truth("loud"),
  members("tongue", "en", "de", "other"),
  numbers("grade", "0", "0.3", "0.5", "1"),
  numbers("month.used", "0%", "50%", "90%", "100%"),
  numbers("month.left", "$0", "$0.000000001", "$250", "$500"),
  numbers("day.used", "0%", "33%", "50%", "100%"),
  numbers("hourly.used", "0%", "50%", "100%"),
  truth("floor.behind"),
  numbers("floor.pace", "0%", "50%", "120%"),
  members("lab.health", "up", "degraded", "down"),
];

const plan = fc.constantFrom("small", "big", "strong", "small else big", 'reject 429 "no"', "big with { timeout 3s }");

/** Conditions over some operands, as a route or a policy has them: rules that share none say little about each other. */
function conditions(operands: readonly Operand[], lets: readonly string[] = []): fc.Arbitrary<string> {
  const plain = fc.constantFrom(...operands).chain(({ condition }) => condition);
  return fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      lets.length === 0 ? plain : fc.oneof({ weight: 4, arbitrary: plain }, fc.constantFrom(...lets)),
      sentence("not (", tie("condition"), ")"),
      sentence("(", tie("condition"), fc.constantFrom("and", "or"), tie("condition"), ")"),
    ),
  })).condition;
}

function matches(operands: readonly Operand[], total: boolean): fc.Arbitrary<string> {
  return fc.subarray([...operands], { minLength: 1, maxLength: Math.min(3, operands.length) }).chain((tested) => {
    const patterns = tested.map(({ pattern }) => fc.oneof(fc.constant("_"), pattern, listed(pattern, " | ", 2)));
    const arm = fc.tuple(fc.tuple(...patterns), plan).map(([all, run]) => `${all.join(", ")} -> ${run}`);
    const rest = total ? [`${tested.map(() => "_").join(", ")} -> small`] : [];
    return fc
      .array(arm, { minLength: total ? 0 : 1, maxLength: 5 })
      .map((arms) => `match ${tested.map(({ name }) => name).join(", ")} {\n${[...arms, ...rest].join("\n")}\n}`);
  });
}

function rules(operands: readonly Operand[], lets: readonly string[], total: boolean): fc.Arbitrary<string> {
  const condition = conditions(operands, lets);
  return fc.letrec<{ rules: string; rule: string }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 2 },
      sentence("when", condition, "->", plan),
      matches(operands, total),
      sentence("when", condition, "{\n", tie("rules"), "\n}"),
    ),
    rules: fc.array(tie("rule"), { minLength: 1, maxLength: 5 }).map((all) => all.join("\n")),
  })).rules;
}

function route(names: string, operands: readonly Operand[], lets: readonly string[], total: boolean) {
  const callers = operands.filter(({ ofCaller }) => ofCaller);
  const scope =
    callers.length === 0 ? fc.constant("") : fc.option(sentence("for", conditions(callers)), { nil: "", freq: 3 });
  return fc
    .tuple(scope, rules(operands, lets, total))
    .map(([who, body]) => `route ${names} {\n${who}\n${body}\n${total ? "otherwise -> big\n" : ""}}\n`);
}

const ROUTES = [["chat"], ["chat", '"gpt-4o", fast'], ["chat", "*"], ['"gpt-4o"', "fast, chat", "*"]];

function program(operands: readonly Operand[], total: boolean): fc.Arbitrary<string> {
  const lets = fc.array(conditions(operands), { maxLength: 2 });
  return fc.tuple(lets, fc.constantFrom(...ROUTES)).chain(([written, served]) => {
    const names = written.map((_, i) => `short_${i}`);
    const declared = written.map((condition, i) => `let short_${i} = ${condition}\n`).join("");
    return fc
      .tuple(...served.map((each) => route(each, operands, names, total)))
      .map((routes) => `${DECLARATIONS}${declared}${routes.join("")}`);
  });
}

function over(operands: number, total: fc.Arbitrary<boolean>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.uniqueArray(fc.constantFrom(...OPERANDS), { minLength: 1, maxLength: operands }), total)
    .chain(([some, decided]) => program(some, decided));
}

/** The text of a policy whose routes decide every request; its rules may be unreachable. */
export const policy: fc.Arbitrary<string> = over(8, fc.constant(true));

/** The text of a policy over few operands, so that all its cases can be enumerated; it may forget requests. */
export const smallPolicy: fc.Arbitrary<string> = over(3, fc.boolean());
