/** Which signals proofs take to be asked, against the runtime's own question after each value that comes. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { compile, compileProgram } from "../../../compiler/index.ts";
import { replayWitnesses } from "../../../compiler/testing/index.ts";
import { load, type Value } from "../../../runtime/table/index.ts";

const POLICIES = 300;
const SIGNALS = ["a", "b", "c"];
const ATOMS = ["tier == free", ...SIGNALS.flatMap((name) => [`${name} == yes`, `${name} == no`])];

type Request = Readonly<Record<string, string>>;

const REQUESTS: readonly Request[] = ["free", "pro"].flatMap((tier) =>
  ["yes", "no"].flatMap((a) => ["yes", "no"].flatMap((b) => ["yes", "no"].map((c) => ({ tier, a, b, c })))),
);

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    { weight: 2, arbitrary: fc.constantFrom(...ATOMS) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie("condition"), fc.constantFrom("and", "or"), tie("condition"))
        .map(([one, word, other]) => `(${one} ${word} ${other})`),
    },
    { weight: 1, arbitrary: tie("condition").map((inner) => `not (${inner})`) },
  ),
}));

const premise = fc.uniqueArray(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 3 });

function written(conditions: readonly string[]): string {
  return [
    'request { tier free | pro from claim "tier" default pro }',
    "provider lab { protocol simulated }",
    ...[...SIGNALS, "own"].map((name) => `model m_${name} = lab "${name}" { context 8k  price free }`),
    ...SIGNALS.map((name) => `signal ${name} yes | no = ask m_${name} { yes "yes", no "no" } else no`),
    "route chat {",
    ...conditions.map((condition) => `  when ${condition} -> m_own`),
    "  otherwise -> m_own",
    "}",
  ].join("\n");
}

/** The signals that the runtime asks for this request, which says what each of them is. */
function asker(text: string): ((request: Request) => ReadonlySet<string>) | undefined {
  const { table } = compile({ text });
  const route = table && load(JSON.parse(JSON.stringify(table))).routes[0];
  if (table === undefined || route === undefined) return undefined;
  return (request) => {
    const asked = new Set<string>();
    const values: (Value | undefined)[] = table.attributes.map(({ name, source }) =>
      source.from === "signal" ? undefined : request[name],
    );
    for (let needed = route.demand(values); needed.length > 0; needed = route.demand(values))
      for (const index of needed) {
        const name = table.attributes[index]?.name ?? "";
        asked.add(name);
        values[index] = request[name];
      }
    return asked;
  };
}

it("a signal that is asked for a request is said to be, and hardly another", { timeout: 60_000 }, () => {
  let held = 0;
  let over = 0;
  let claims = 0;
  let refuted = 0;
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 3 }),
      fc.array(premise, { minLength: 2, maxLength: 4 }),
      (conditions, premises) => {
        const text = written(conditions);
        const askedBy = asker(text);
        fc.pre(askedBy !== undefined);
        for (const atoms of premises) {
          const matching = REQUESTS.filter((request) =>
            atoms.every((atom) => request[atom.split(" ")[0] as string] === atom.split(" ")[2]),
          );
          const asked = new Set(matching.flatMap((request) => [...askedBy(request)]));
          const most = Math.max(0, ...matching.map((request) => askedBy(request).size));
          const proofs = [
            ...SIGNALS.map((name) => `prove p_${name} { when ${atoms.join(" and ")}  never m_${name} }`),
            `prove p_most { when ${atoms.join(" and ")}  attempts <= ${most + 1} }`,
            `prove p_less { when ${atoms.join(" and ")}  attempts <= ${most} }`,
          ];
          const { diagnostics, program, analysis } = compileProgram({ text: `${text}\n${proofs.join("\n")}` });
          if (analysis !== undefined) replayWitnesses(program, analysis, diagnostics);
          const said = new Set(
            diagnostics.filter(({ code }) => code === "RT4001").map(({ message }) => message.split("`")[1]),
          );
          const mustSay = [...SIGNALS.filter((name) => asked.has(name)), ...(matching.length > 0 ? ["less"] : [])];
          expect(
            mustSay.filter((name) => !said.has(`p_${name}`)),
            `${text}\n${proofs.join("\n")}`,
          ).toEqual([]);
          over += said.size - mustSay.length;
          claims += proofs.length;
          refuted += asked.size;
          held += SIGNALS.length - asked.size;
        }
      },
    ),
    { numRuns: POLICIES },
  );
  expect(over).toBeLessThan(claims / 20);
  expect(Math.min(held, refuted)).toBeGreaterThan(POLICIES / 2);
});
