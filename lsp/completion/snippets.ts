/** Whole forms to fill in: `«1:text»` is the first place, with what stands there at first, `«1|a,b»` one with a choice. */
const FORMS: readonly (readonly [keyword: string, form: string])[] = [
  ["import", 'import "./«1:catalog».route"'],
  [
    "request",
    'request {\n  «1:tier»  «2:free | pro»  from «3|claim,header,metadata,body» "«4:tier»"  default «5:free»\n}',
  ],
  ["provider", "provider «1:openai»"],
  ["model", 'model «1:name» = «2:provider» "«3:upstream-id»"'],
  ["let", "let «1:name» = «2:condition»"],
  ["plan", "plan «1:name» = «2:model» else «3:model»"],
  ["route", "route «1:chat» {\n  when «2:condition» -> «3:plan»\n  otherwise -> «4:plan»\n}"],
  ["time", 'time zone "«1:Europe/Warsaw»"'],
  ["signal", "signal «1:name» bool = patterns [«2:email, phone»]"],
  ["budget", "budget «1:name» { per «2:tenant»  limit «3:$500» per month  alert at 50%, 80% }"],
  ["limit", "limit «1:name» { per «2:tenant»  allow «3:60» requests per «4|minute,hour,day» }"],
  ["commit", "commit «1:name» { on «2:provider»  spend «3:$10k» per quarter }"],
  ["prove", "prove «1:name» { when «2:condition» «3:every model is residency == eu» }"],
  ["test", 'test "«1:title»" {\n  send «2:chat» { «3:» }\n  expect «4:plan» «5:name»\n}'],
  ["when", "when «1:condition» -> «2:plan»"],
  ["match", "match «1:attribute» {\n  «2:value» -> «3:plan»\n  _ -> «4:plan»\n}"],
  ["otherwise", "otherwise -> «1:plan»"],
  ["cascade", "cascade {\n  «1:small» accept when «2:confidence >= 0.8 and not refused»\n  «3:large»\n}"],
  ["hedge", "hedge { «1:model» after «2:2s» «3:model» }"],
  ["split", "split {\n  «1:95%» «2:model»\n  «3:5%» «4:model»\n} by «5:tenant»"],
  ["spread", "spread { «1:model», «2:model» }"],
  ["adaptive", "adaptive { «1:model», «2:model» } by { cost 0.5, latency 0.5 }"],
  ["cheapest", "cheapest { «1:models» }"],
  ["fastest", "fastest { «1:models» }"],
  ["best", "best { «1:models» }"],
  ["least_busy", "least_busy { «1:models» }"],
  ["judge", 'judge(«1:model», "«2:./rubric.md»")'],
  ["reject", 'reject «1:429» "«2:try again later»"'],
  ["with", "with { «1:timeout 20s» }"],
];

/** In the protocol's notation, by the keyword that they begin with. */
export const SNIPPETS: ReadonlyMap<string, string> = new Map(
  FORMS.map(([keyword, form]) => [
    keyword,
    form.replaceAll("$", "\\$").replaceAll(/«(\d)([:|])([^»]*)»/g, placeholder),
  ]),
);

function placeholder(_: string, number: string, sign: string, text: string): string {
  return `\${${number}${sign}${text}${sign === "|" ? "|" : ""}}`;
}
