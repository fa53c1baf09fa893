/**
 * Policies of any size for the decision benchmark, and requests for them. Rules test a tenant (many values), three
 * enumerations, a bool and an int with four cuts; the most specific stand first; each can match, since the compiler
 * refuses a rule that cannot. The same seed gives the same policy and the same requests.
 */

type Comparison = "==" | ">" | "<=";

export interface Condition {
  readonly attribute: string;
  readonly is: Comparison;
  readonly value: string | number | boolean;
}

/** One rule: all conditions hold. */
export type ConditionList = readonly Condition[];

export type Request = Readonly<Record<string, string | number | boolean>>;

export interface GeneratedPolicy {
  /** The policy in the `.route` language, with one route, `chat`. */
  readonly text: string;
  /** Its rules in order; the last has no condition. */
  readonly rules: readonly ConditionList[];
  readonly tenants: readonly string[];
}

const CUTS = [1000, 4000, 16_000, 64_000];
/** The enumerations and their members. */
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  tier: ["free", "pro", "enterprise"],
  region: ["eu", "us", "apac", "latam"],
  use_case: ["chat", "analysis", "code", "search"],
};
const ATTRIBUTES = [...Object.keys(CHOICES), "critical", "prompt_tokens"];

/** Every combination of what rules can tell apart, the tenant aside. */
const CELLS: readonly Request[] =
  CHOICES.tier?.flatMap((tier) =>
    (CHOICES.region ?? []).flatMap((region) =>
      (CHOICES.use_case ?? []).flatMap((use_case) =>
        [true, false].flatMap((critical) =>
          [0, ...CUTS].map((cut) => ({ tier, region, use_case, critical, prompt_tokens: cut + 1 })),
        ),
      ),
    ),
  ) ?? [];

/** Whether a request satisfies all conditions, looked at one after the other. */
export function matches(conditions: ConditionList, request: Request): boolean {
  for (const { attribute, is, value } of conditions) {
    const given = request[attribute] as typeof value;
    if (!(is === "==" ? given === value : is === ">" ? given > value : given <= value)) return false;
  }
  return true;
}

/** A policy of `count` rules, the default counted. */
export function generatePolicy(count: number, random: () => number): GeneratedPolicy {
  const tenants = Array.from({ length: Math.max(3, Math.round(count / 8)) }, (_, i) => `tenant-${i}.example.com`);
  const anybody = new Set<Request>();
  const decided = new Map(tenants.map((tenant) => [tenant, new Set<Request>()]));
  const rules: ConditionList[] = [];
  for (const [tests, share] of [
    [5, 0.1],
    [4, 0.25],
    [3, 0.3],
    [2, 0.25],
    [1, 1],
  ] as const) {
    const until = Math.min(count - 1, rules.length + Math.ceil(count * share));
    while (rules.length < until) {
      // A few rules are for anybody; none of so few conditions that it would leave nothing for later ones.
      const tenant = tests >= 3 && random() < Math.min(0.2, 20 / count) ? undefined : pick(tenants, random);
      const others = shuffled(ATTRIBUTES, random)
        .slice(0, tests)
        .map((attribute) => condition(attribute, random));
      const taken = (tenant !== undefined && decided.get(tenant)) || anybody;
      const news = CELLS.filter((cell) => !taken.has(cell) && !anybody.has(cell) && matches(others, cell));
      if (news.length === 0) continue;
      for (const cell of news) taken.add(cell);
      rules.push(tenant === undefined ? others : [{ attribute: "tenant", is: "==", value: tenant }, ...others]);
    }
  }
  rules.push([]);
  return { text: asText(rules), rules, tenants };
}

/** Requests of which 70% are made to satisfy some rule; the others are drawn blindly, one in ten of an unknown tenant. */
export function generateRequests(policy: GeneratedPolicy, count: number, random: () => number): Request[] {
  return Array.from({ length: count }, () => {
    const request: Record<string, string | number | boolean> = {
      tenant: random() < 0.1 ? `stranger-${Math.floor(random() * 1e6)}.example.com` : pick(policy.tenants, random),
      ...pick(CELLS, random),
    };
    if (random() < 0.7) {
      for (const { attribute, is, value } of pick(policy.rules, random)) {
        request[attribute] = is === ">" ? Number(value) + 1 : value;
      }
    }
    return request;
  });
}

/** A small generator of uniform numbers in [0, 1): mulberry32 (T. Ettinger, 2017, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function condition(attribute: string, random: () => number): Condition {
  if (attribute === "prompt_tokens") return { attribute, is: pick([">", "<="], random), value: pick(CUTS, random) };
  const value = attribute === "critical" ? random() < 0.5 : pick(CHOICES[attribute] ?? [], random);
  return { attribute, is: "==", value };
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The `request` block of all attributes that rules test. */
export function declareAttributes(): string {
  const choices = Object.entries(CHOICES).map(
    ([name, members]) => `  ${name} ${members.join(" | ")} from header "x-${name}" default ${members[0]}`,
  );
  return `request {
  tenant string from header "x-tenant"
${choices.join("\n")}
  critical bool from header "x-critical" default false
}`;
}

/** A condition in the `.route` language. */
export function writeCondition({ attribute, is, value }: Condition): string {
  if (attribute === "critical") return `${value === true ? "" : "not "}critical`;
  return `${attribute} ${is} ${attribute === "tenant" ? JSON.stringify(value) : value}`;
}

function asText(rules: readonly ConditionList[]): string {
  const models = Array.from(
    { length: 8 },
    (_, i) => `model m${i} = local "m${i}" { context 1M output 16k price { input $1, output $2 } can [tools] }`,
  );
  const lines = rules.map((conditions, index) => {
    const written = conditions.map(writeCondition);
    const target = `m${index % models.length}`;
    return written.length === 0 ? `  otherwise -> ${target}` : `  when ${written.join(" and ")} -> ${target}`;
  });
  return `${declareAttributes()}

provider local { protocol openai  url "http://127.0.0.1:1/v1" }
${models.join("\n")}

route chat {
${lines.join("\n")}
}
`;
}
