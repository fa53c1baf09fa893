// main.route, by routec …. Do not edit: compile the policy again.

/** The policy by its content hash: routes with their rules, and named plans. Milliseconds, nano-dollars. */
export const policy = frozen({
  hash: "sha256:…",
  plans: [
    {"at":[0,15,1,15,29],"name":"strong","run":{"first":{"kind":"call","model":"big"},"kind":"else","then":[{"on":["rate_limited","timeout","overloaded","server_error","unreachable","over_budget","too_long","unsupported","unauthorized"],"run":{"kind":"call","model":"small"}}]}},
  ],
  routes: [
    {
      at: [0,17,1,17,11],
      deadline: 30000,
      names: ["chat"],
      signals: ["urgent"],
      rules: [
        {"at":[0,19,3,19,57],"run":{"kind":"call","model":"small"},"text":"when month.used >= 90% and tier != enterprise -> small"},
        {"at":[0,20,3,20,97],"run":{"kind":"plan","plan":"strong"},"text":"when tenant starts_with \"acme\" or tenant matches /^glo+bex$/i or tenant == \"initech\" -> strong"},
        {"at":[0,21,3,21,73],"run":{"kind":"reject","status":429,"text":"say no \u{202e}"},"text":"when urgent and risky -> reject 429 \"say no \u{202e}\""},
        {"at":[0,23,5,23,29],"run":{"kind":"call","model":"small"},"text":"free | pro, eu -> small"},
        {"at":[0,24,5,24,50],"run":{"kind":"plan","plan":"strong","with":{"timeout":5000}},"text":"_, _ -> strong with { timeout 5s }"},
      ],
    },
    {
      at: [0,29,1,29,18],
      deadline: 600000,
      names: ["gpt-4o","*"],
      signals: [],
      rules: [
        {"at":[0,29,22,29,27],"run":{"kind":"call","model":"small"},"text":"-> small"},
      ],
    },
  ],
});

function frozen(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

const ROUTE_OF = new Map([["chat",0],["gpt-4o",1]]);

/**
 * Decides a request: pure, no clock, no I/O, no randomness.
 *
 * `attributes` holds what rules may test, by name: money in dollars, durations in milliseconds. `model` names the route.
 * A declared attribute that is left out takes its default. Throws AttributeError when no route serves `model`, or an
 * attribute is missing or not of its type. Returns { route, index, rule, run }: the route's first name, the index of the
 * rule that decides, the rule, and what is to be done.
 */
export function decide(attributes) {
  const { model } = attributes;
  const at = routeOf(model);
  const index = ROUTES[at](attributes);
  if (index === undefined) throw unserved(model);
  const { names, rules } = policy.routes[at];
  return { route: names[0], index, rule: rules[index], run: rules[index].run };
}

/** The signals that rules of the route of a model test, in textual order. Throws AttributeError when none serves it. */
export function signalsOf(model) {
  return policy.routes[routeOf(model)].signals;
}

function routeOf(model) {
  if (typeof model !== "string") throw new AttributeError("model", "attribute `model` is missing: expected a text");
  const at = ROUTE_OF.get(model) ?? 1;
  if (at === undefined) throw unserved(model);
  return at;
}

const unserved = (model) => new AttributeError("model", `no route serves the model \`${model}\``);

/** A value of a request is not one that its attribute may have. */
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
  if (came === undefined) throw new AttributeError(name, `${what} \`${name}\` is missing: expected ${expected}`);
  const value = parse(came);
  if (value !== undefined) return value;
  const shown = typeof came === "string" ? came : JSON.stringify(came);
  throw new AttributeError(name, `${what} \`${name}\` is \`${shown}\`: expected ${expected}`);
}

const when = (holds, value) => (holds ? value : undefined);
const oneOf = (...members) => ({
  expected: `one of ${members.join(", ")}`,
  parse: (came) => when(members.includes(came), came),
});

const string = {
  expected: "a text",
  parse: (came) => when(typeof came === "string", came),
};
const money = {
  expected: "an amount in dollars",
  parse: (came) => {
    const nano = typeof came === "number" ? Math.round(came * 1e9) : Number.NaN;
    return when(Number.isSafeInteger(nano) && nano >= 0, nano);
  },
};
const bool = {
  expected: "true or false",
  parse: (came) => when(typeof came === "boolean", came),
};
const as$tier = { ...oneOf("free", "pro", "enterprise"), otherwise: "free" };
const as$region = oneOf("eu", "us");
const as$tenant = { ...string, otherwise: "" };
const as$spent = money;
const as$month$used = { ...money, what: "state", otherwise: 0 };
const as$urgent = { ...bool, what: "signal" };
const as$needs$tools = bool;

/**
 * Whether an automaton over UTF-16 code units accepts a text, in time linear in it. It starts in state 0. A state says
 * whether the text may end there, then of each range of units the first, the last and the next state; -1 accepts at once.
 */
function accepts(states, text) {
  let state = states[0];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    let range = 1;
    while (range < state.length && unit > state[range + 1]) range += 3;
    if (range >= state.length || unit < state[range]) return false;
    const next = state[range + 2];
    if (next < 0) return true;
    state = states[next];
  }
  return state[0];
}

// Regions of `tenant`: no rule tells two texts of one region apart.
// /^glo+bex$/i
const regex$tenant$1 = [[false,71,71,1,103,103,1],[false,76,76,2,108,108,2],[false,79,79,3,111,111,3],[false,66,66,4,79,79,3,98,98,4,111,111,3],[false,69,69,5,101,101,5],[false,88,88,6,120,120,6],[true]];
const values$tenant = new Map([["initech",0]]);
const others$tenant = new Map([["00",3],["01",2],["10",1]]);
const region$tenant = (text) => values$tenant.get(text) ?? others$tenant.get(`${+text.startsWith("acme")}${+accepts(regex$tenant$1, text)}`);

/** Route chat: the index of the rule that decides. */
function route0(attributes) {
  const $tier = read(attributes, "tier", as$tier);
  const $region = read(attributes, "region", as$region);
  const $tenant = region$tenant(read(attributes, "tenant", as$tenant));
  const $spent = read(attributes, "spent", as$spent);
  const $month$used = read(attributes, "month.used", as$month$used);
  const $urgent = read(attributes, "urgent", as$urgent);
  const $needs$tools = read(attributes, "needs.tools", as$needs$tools);

  // when month.used >= 90% and tier != enterprise -> small
  if ($tier !== "enterprise" && $month$used >= 450000000000) return 0;
  // when tenant starts_with "acme" or tenant matches /^glo+bex$/i or tenant == "initech" -> strong
  if ($tenant <= 2) return 1;
  // when urgent and risky -> reject 429 "say no \u{202e}"
  if ($spent >= 2500000001 && $urgent && $needs$tools) return 2;
  // free | pro, eu -> small
  if ($tier !== "enterprise" && $region === "eu") return 3;
  // _, _ -> strong with { timeout 5s }
  return 4;
}

/** Route gpt-4o, *: the index of the rule that decides. */
function route1(attributes) {
  read(attributes, "tier", as$tier);
  read(attributes, "region", as$region);
  read(attributes, "tenant", as$tenant);
  read(attributes, "spent", as$spent);

  // -> small
  return 0;
}

const ROUTES = [route0, route1];
