/** The words that the language has in one place each, with what they mean. */

export const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["timeout", "how long to wait for the first content, such as `20s`"],
  ["idle", "how long to wait for more content, such as `30s`"],
  ["retries", "how often to try again, such as `2`; `on [timeout]` says after which failures"],
  ["max_tokens", "the most tokens to answer with"],
  ["temperature", "from `0` to `2`"],
  ["reasoning", "`none`, `minimal`, `low`, `medium`, `high`, or a number of tokens"],
  ["system", "the file of a system prompt, in quotes"],
  ["tools", "`none`, or `only [search]`"],
]);

/** The fields of blocks, by the role that the grammar gives their owner. */
export const FIELDS: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  provider_field: new Map([
    ["protocol", "what it speaks: `openai`, `anthropic`, …"],
    ["url", "where it is"],
    ["key", 'the environment variable of its key: `env "NAME"`'],
    ["region", "of the cloud"],
    ["project", "of the cloud"],
    ["credentials", "the environment variable of the credentials"],
    ["like", "another provider of the catalog that it is like"],
    ["residency", "where it processes data, such as `eu`"],
    ["breaker", "when to let it rest: `{ trip after 5 failures in 30s, rest 10s }` or `off`"],
    ["header", "one more header: its name and its value"],
    ["body", "a JSON file that is merged into requests"],
    ["with", "options for all its models"],
    ["allow", "how much it may be asked: `30 requests per minute`, or `30 requests per minute per key`"],
    ["speaks", "the dialect of a simulated one: `openai`, `anthropic`, …"],
    ["latency", "how long a simulated one takes: `300ms`, `200ms..800ms` or `{ p50 400ms, p99 3s }`"],
    ["speed", "how fast a simulated one writes: `80 tokens per second`"],
    ["script", "what its first calls come to: `[overloaded, answered]`"],
    ["fail", "how often a simulated one fails, and how: `{ 5% overloaded, 1% timeout }`"],
    ["answers", "the file of what a simulated one answers: JSON lines"],
  ]),
  model_field: new Map([
    ["like", "an entry of the catalog that it is like"],
    ["context", "tokens that it can read and write together"],
    ["output", "tokens that it can write"],
    ["price", "per million tokens: `{ input $0.10, output $0.30 }` or `free`"],
    ["can", "what it can take or do: `[tools, json]`"],
    ["quality", "from `0` to `1`, for `best`"],
    ["residency", "where it processes data"],
    ["tags", 'words of your own, for `models where tags contains "x"`'],
    ["with", "options for its calls"],
    ["allow", "how much it may be asked"],
  ]),
  http_field: new Map([
    ["residency", "where it processes data"],
    ["price", "what a call costs"],
  ]),
};

export const SETTINGS: ReadonlyMap<string, string> = new Map([
  ["deadline", "how long all steps have together, such as `60s`"],
]);

/** What each clause stands in. */
export const CLAUSES: Readonly<Record<string, readonly string[]>> = {
  budget: ["per", "on", "for", "limit", "alert"],
  limit: ["per", "on", "for", "allow"],
  commit: ["per", "on", "for", "spend"],
};

export const UNITS = ["requests", "tokens", "input tokens", "output tokens"];
/** Of the speed of a simulated provider. */
export const SPEED = { units: ["tokens"], windows: ["second"] };
export const QUANTILES = ["p50", "p90", "p95", "p99", "p999"];
export const WINDOWS = ["minute", "hour", "day", "week", "month", "quarter", "year"];
export const RATES = ["input", "output", "cached", "cache_write", "cache_write_1h"];
export const WEIGHTS = ["cost", "latency", "errors"];
export const PATTERNS = ["email", "phone", "iban", "credit_card"];

export const FAILURE_MEANINGS: Readonly<Record<string, string>> = {
  failed: "all but `filtered`, `refused` and `invalid`: what a plain `else` takes",
  rate_limited: "the provider, or a limit on it, takes no more for now",
  timeout: "no content came in time",
  overloaded: "the provider is overloaded",
  server_error: "the provider failed",
  unreachable: "the provider could not be reached",
  over_budget: "a budget has no room for the call",
  too_long: "the prompt does not fit the model",
  unsupported: "the model cannot take what the request asks for",
  unauthorized: "the provider refused our key",
  filtered: "a content policy stopped the answer",
  refused: "the model refused to answer",
  invalid: "the provider calls the request malformed",
};

/** What each keyword does, in its place or in all. */
export const KEYWORD_MEANINGS: Readonly<Record<string, string>> = {
  import: "makes the declarations of another file visible",
  request: "declares what rules may test of a request",
  provider: "declares who is asked",
  model: "declares a model of a provider",
  let: "names a condition",
  plan: "names what is done with a request",
  route: "decides what happens to the requests for a model name",
  time: "`time zone` sets the zone in which hours and calendar windows are told",
  signal: "declares a value that is computed from the request",
  budget: "money that is never overspent",
  limit: "how many requests or tokens are allowed",
  commit: "a contract minimum to reach",
  prove: "a claim about all requests, checked before deployment",
  test: "one request, and what is expected of it",
  when: "decides the requests that meet a condition",
  match: "decides by the values of several attributes, arm by arm",
  otherwise: "decides every other request",
  else: "goes on here where the step before fails",
  with: "sets options of the step before it",
  reject: 'answers with an error: `reject 429 "text"`',
  cheapest: "the models of a set by their worst-case cost",
  fastest: "the models of a set by their measured time to first content",
  best: "the models of a set by their quality",
  least_busy: "the models of a set by how much of their limits is used",
  spread: "draws one of several models by shares",
  split: "draws one of several plans by shares, and stays there",
  adaptive: "orders models by recent cost, latency and errors",
  cascade: "asks one model after the other until a gate accepts an answer",
  hedge: "starts a second plan where the first is slow",
  judge: "how good a model finds an answer, from 0 to 1",
  strict: "a model that cannot honour a parameter is not asked",
  reuse: "answers of the same request are used again for a while",
};
