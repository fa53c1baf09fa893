/** The regions of texts, found in JavaScript: by their values, and by the patterns that hold of them. */
import type { AutomatonState, Pattern, StringDomain } from "../../runtime/table/artifact.ts";
import { comment, literal, variable } from "./javascript-literal.ts";

/** Source of the function that runs automata. `MATCHED` stands for a state in which the answer is yes, whatever follows. */
export const RUN_AUTOMATON = `/**
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
`;
const MATCHED = -1;
const MAX_UNIT = 0xffff;

/** Source of the function `region$name`: no rule tells two texts of one region apart. */
export function regionFunction(name: string, domain: StringDomain): string {
  const [region, values, others] = ["region", "values", "others"].map((prefix) => variable(name, prefix));
  const regexes = domain.patterns.map((_, index) => `${variable(name, "regex")}$${index}`);
  const holds = domain.patterns.map((pattern, index) => `\${+${test(pattern, regexes[index] as string)}}`);
  return [
    `// Regions of \`${comment(name)}\`: no rule tells two texts of one region apart.`,
    ...domain.patterns.flatMap((pattern, index) =>
      pattern.kind === "regex"
        ? [`// ${comment(pattern.source)}`, `const ${regexes[index]} = ${automaton(pattern.states)};`]
        : [],
    ),
    `const ${values} = new Map(${entries(domain.constants)});`,
    ...(holds.length === 0
      ? [`const ${region} = (text) => ${values}.get(text) ?? ${domain.others[""] ?? 0};`]
      : [
          `const ${others} = new Map(${entries(domain.others)});`,
          `const ${region} = (text) => ${values}.get(text) ?? ${others}.get(\`${holds.join("")}\`);`,
        ]),
    "",
  ].join("\n");
}

function entries(record: Readonly<Record<string, number>>): string {
  return literal(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function test(pattern: Pattern, regex: string): string {
  switch (pattern.kind) {
    case "prefix":
      return `text.startsWith(${literal(pattern.text)})`;
    case "suffix":
      return `text.endsWith(${literal(pattern.text)})`;
    case "contains":
      return `text.includes(${literal(pattern.text)})`;
    case "regex":
      return `accepts(${regex}, text)`;
  }
}

function automaton(states: readonly AutomatonState[]): string {
  const absorbing = states.map(
    ({ accepts, next: [only, ...more] }, number) =>
      accepts === true && more.length === 0 && only?.[0] === 0 && only[1] === MAX_UNIT && only[2] === number,
  );
  return literal(
    states.map(({ accepts = false, next }) => [
      accepts,
      ...next.flatMap(([first, last, to]) => [first, last, absorbing[to] ? MATCHED : to]),
    ]),
  );
}
