/**
 * The grammar of docs/grammar.md with, after a colon, what a name, text or value is in its place. Without these it is the
 * page's own, which a test proves; the page is made from the parser.
 */
export const GRAMMAR = `
file          = { declaration }
declaration   = "import" STRING:policy
              | "request" "{" { attribute } "}"
              | "provider" NAME:preset [ fields:provider_field ]
              | "model" NAME:new "=" NAME:provider STRING:upstream [ fields:model_field ]
              | "let" NAME:new "=" condition:request
              | "plan" NAME:new "=" expression
              | route
              | "time" "zone" STRING:zone
              | signal
              | meter
              | "prove" NAME:new proof-body
              | "test" STRING:new "{" { part } "}"
attribute     = NAME:new type "from" ( "header" | "claim" | "metadata" | "body" ) STRING:new [ "default" value:default ]
type          = word:type { "|" word:new }
word          = NAME | STRING
value         = "true" | "false" | NUMBER | NAME | STRING
fields        = "{" { field } "}"
field         = "with" options
              | "price" "during" range:clock [ "zone" STRING:zone ] prices
              | "protocol" "ai_sdk" STRING:new
              | "breaker" breaker
              | "header" STRING:new ( STRING:new | environment )
              | "allow" ( allowance [ "per" "key" ] ),*
              | "latency" ( NUMBER:duration [ ".." NUMBER:duration ] | "{" { NAME:quantile NUMBER:duration } "}" )
              | "speed" allowance:speed
              | "fail" "{" { NUMBER:share NAME:simulated_failure } "}"
              | ( "can" | NAME ) ( environment | words:in_field | prices | value:in_field )
options       = "{" { NAME:option value:in_option [ "on" "[" { word:failure } "]" | words:new ] } "}"
words         = "[" { word } "]"
range         = value ".." value
prices        = "{" { NAME:rate value:money } "}"
breaker       = "{" "trip" "after" NUMBER:count "failures" "in" NUMBER:duration "rest" NUMBER:duration "}"
environment   = "env" ( STRING:new | "[" STRING:new+ "]" )
allowance     = NUMBER:count NAME:unit [ NAME:new ] window
window        = "per" ( NAME:window | NUMBER:duration )
condition     = conjunction { "or" conjunction }
conjunction   = negation { "and" negation }
negation      = [ "not" ] ( "(" condition ")" | "can" word:capability | subject [ test ] )
subject       = "judge" "(" NAME:model "," STRING:file ")" | operand
operand       = NAME { "." NAME:view }
test          = ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) value:compared
              | [ "not" ] "in" ( "{" value:compared+ "}" | range:compared )
              | ( "starts_with" | "ends_with" | "contains" ) STRING:compared
              | "matches" REGEX
expression    = step { "else" [ "on" NAME:failure,* ] step }
step          = target [ "with" options ]
target        = "(" expression ")"
              | "reject" [ NUMBER:status [ STRING:new ] ]
              | selector
              | "spread" "{" { [ NUMBER:share ] NAME:model } "}" [ "by" NAME:attribute ]
              | "adaptive" model-set "by" "{" { NAME:weight value:score } "}"
              | "split" "{" { NUMBER:share expression } "}" [ "by" NAME:attribute ]
              | "cascade" "{" { step [ "accept" "when" condition:answer ] } "}"
              | "hedge" "{" expression { "after" NUMBER:duration expression } "}"
              | NAME:target
selector      = ( "cheapest" | "fastest" | "best" | "least_busy" ) model-set
model-set     = "{" ( "models" "where" condition:models | NAME:model+ ) "}"
route         = "route" ( "each" NAME:provider "as" STRING:new "->" expression | named-route )
named-route   = route-name:new,* ( "->" expression | "{" { rule | setting } "}" )
route-name    = NAME | "*" | STRING
rule          = "when" condition:request ( "->" expression | "{" { rule } "}" ) | match | "otherwise" "->" expression
match         = "match" subject:request,* "{" { ( alternative { "|" alternative } ),* "->" expression } "}"
alternative   = "_" | ( "<" | "<=" | ">" | ">=" ) value:pattern | value:pattern [ ".." value:pattern ]
setting       = "for" condition:request | "strict" | "reuse" value:duration [ "per" NAME:attribute,* ] | NAME:setting value:duration
signal        = "signal" NAME:new type "=" signal-source [ "timeout" NUMBER:duration ] [ "else" value:otherwise ]
signal-source = "patterns" "[" ( REGEX | word:text_pattern )+ "]"
              | "keywords" words:new
              | "classifier" STRING:file
              | "similar" "to" STRING:file "using" NAME:model "above" NUMBER:score
              | "ask" NAME:model ( STRING:file | "{" { word:meaning STRING:new } "}" )
              | "language"
              | "http" STRING:new [ fields:http_field ]
              | "module" STRING:file
meter         = ( "budget" | "limit" | "commit" ) NAME:new "{" { clause } "}"
clause        = "per" NAME:attribute,*
              | "on" NAME:callee,*
              | "for" condition:request
              | ( "limit" | "spend" ) NUMBER:money window
              | "alert" "at" NUMBER:share,*
              | "allow" allowance,*
proof-body    = "{" [ "on" route-name:route,* ] ( "when" condition:request | "always" ) claim { "and" claim } "}"
claim         = "every" "model" "is" condition:models
              | "never" ( model-set | NAME:model )
              | "no" "reject"
              | ( "time" | "cost" | "attempts" | "providers" ) ( "<" | "<=" | ">" | ">=" ) value:bound
part          = "send" route-name:route "{" { operand:sent value:sent_value } "}" | given | expectation
given         = "given" NAME:given ( "down" | "fails" NAME:failure | "answers" "{" { NAME:answer_fact value:answered } "}" | "used" NUMBER:share
                    | value:given_value )
expectation   = "expect" ( "plan" NAME:plan | "rule" NUMBER:count | "tries" NAME:model,* | "served" "by" NAME:model | "reject" NUMBER:status
                    | "cost" ( "<" | "<=" | ">" | ">=" ) NUMBER:money )
`;

/** A form of the grammar. */
export type Form =
  | { readonly kind: "sequence" | "choice"; readonly forms: readonly Form[] }
  | { readonly kind: "optional" | "many"; readonly form: Form }
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "terminal"; readonly name: string; readonly role: string | undefined }
  | { readonly kind: "rule"; readonly name: string; readonly role: string | undefined };

/** The rules of a grammar in the notation of docs/grammar.md. */
export function readGrammar(text: string): ReadonlyMap<string, Form> {
  const rules = new Map<string, Form>();
  for (const rule of text.trim().split(/\n(?=\S)/)) {
    const [name = "", body = ""] = rule.split(/\s+=\s+(.*)/s);
    rules.set(name, readForm(body));
  }
  return rules;
}

function readForm(text: string): Form {
  const words = text.match(/"[^"]+"|[A-Za-z_-]+(?::[a-z_]+)?|,\*|[[\](){}|+]/g) ?? [];
  let at = 0;
  const choice = (): Form => {
    const forms = [sequence()];
    while (words[at] === "|") {
      at++;
      forms.push(sequence());
    }
    return forms.length === 1 ? (forms[0] as Form) : { kind: "choice", forms };
  };
  const sequence = (): Form => {
    const forms: Form[] = [];
    while (at < words.length && !/^[\])}|]$/.test(words[at] as string)) forms.push(repeated(single()));
    return forms.length === 1 ? (forms[0] as Form) : { kind: "sequence", forms };
  };
  const repeated = (form: Form): Form => {
    const sign = words[at];
    if (sign !== "+" && sign !== ",*") return form;
    at++;
    const next: Form = sign === "+" ? form : { kind: "sequence", forms: [{ kind: "literal", text: "," }, form] };
    return { kind: "sequence", forms: [form, { kind: "many", form: next }] };
  };
  const single = (): Form => {
    const word = words[at++] as string;
    if (word === "(" || word === "[" || word === "{") {
      const form = choice();
      at++;
      return word === "(" ? form : { kind: word === "[" ? "optional" : "many", form };
    }
    if (word.startsWith('"')) return { kind: "literal", text: word.slice(1, -1) };
    const [name = "", role] = word.split(":");
    return { kind: /^[A-Z]/.test(name) ? "terminal" : "rule", name, role };
  };
  return choice();
}
