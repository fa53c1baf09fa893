/**
 * Writes a tree down with random white space, commas and comments. It shares nothing with the formatter, so that each
 * checks the other.
 */
import type * as tree from "../../../compiler/syntax/index.ts";
import {
  braces,
  brackets,
  conditionTokens,
  expressionTokens,
  listed,
  loose,
  MAYBE_COMMA,
  namesTokens,
  optional,
  optionsTokens,
  pairTokens,
  pathTokens,
  rangeTokens,
  regexToken,
  ruleTokens,
  separated,
  setTokens,
  valueTokens,
  wordToken,
  wordTokens,
} from "./arbitrary-tokens.ts";

const DOC = "///";
const TIGHT = new Set(["{", "}", "[", "]", "(", ")", ",", ".", "..", "|", "->"]);

/** `roll` gives numbers from 0 to 99. */
export function write(tree: tree.File, roll: () => number): string {
  let text = "";
  let before = "";
  for (const token of tree.declarations.flatMap(declarationTokens)) {
    if (token === MAYBE_COMMA && roll() < 50) continue;
    const shown = token === MAYBE_COMMA ? "," : token;
    if (shown.startsWith(DOC)) {
      text += `${text.endsWith("\n") || text === "" ? "" : "\n"}${shown}\n`;
    } else {
      text += gap(before, shown, roll) + shown;
    }
    before = shown;
  }
  return text + (roll() < 50 ? "\n" : "");
}

function gap(before: string, token: string, roll: () => number): string {
  const n = roll();
  if (before.startsWith(DOC)) return n < 20 ? " // after the doc\n" : "";
  if (n < 4) return ` // note ${roll()}\n`;
  if (n < 8) return `\n\n  //// rule ${roll()}\n//\n\n`;
  if (n < 10 && before !== "" && !DECLARES.has(token)) return ` /// not a doc ${roll()}\r\n`;
  if (n < 30) return "\n".repeat(1 + (roll() % 4));
  if (n < 50 && (TIGHT.has(before) || TIGHT.has(token))) return "";
  return n < 60 ? "\t " : " ";
}
const DECLARES = new Set([
  ...["import", "time", "request", "provider", "model", "signal", "let", "budget", "limit", "commit"],
  ...["plan", "route", "prove", "test"],
]);

function declarationTokens(node: tree.Declaration): string[] {
  const doc = node.doc.map((line) => `${DOC} ${line}`);
  return [...doc, ...bodyTokens(node)];
}

function bodyTokens(node: tree.Declaration): string[] {
  switch (node.kind) {
    case "import":
      return ["import", wordToken(node.path)];
    case "zone":
      return ["time", "zone", wordToken(node.zone)];
    case "request":
      return ["request", ...braces(loose(node.attributes.map(attributeTokens)))];
    case "provider":
      return ["provider", node.name.text, ...(node.fields.length > 0 ? fieldsTokens(node.fields) : [])];
    case "model": {
      const fields = node.fields.length > 0 ? fieldsTokens(node.fields) : [];
      return ["model", node.name.text, "=", node.provider.text, wordToken(node.upstream), ...fields];
    }
    case "signal":
      return [
        ...["signal", node.name.text, ...typeTokens(node.type), "=", ...signalTokens(node.source)],
        ...optional(node.timeout, (timeout) => ["timeout", ...valueTokens(timeout)]),
        ...optional(node.otherwise, (otherwise) => ["else", ...valueTokens(otherwise)]),
      ];
    case "meter":
      return [node.meter, node.name.text, ...braces(node.clauses.flatMap(clauseTokens))];
    case "let":
      return ["let", node.name.text, "=", ...conditionTokens(node.condition)];
    case "plan":
      return ["plan", node.name.text, "=", ...expressionTokens(node.run)];
    case "route": {
      const names = listed(node.names.map((name) => [wordToken(name)]));
      const head = ["route", ...optional(node.each, ({ text }) => ["each", text, "as"]), ...names];
      if (node.run) return [...head, "->", ...expressionTokens(node.run)];
      return [...head, ...braces([...node.settings.flatMap(settingTokens), ...loose(node.rules.map(ruleTokens))])];
    }
    case "prove":
      return ["prove", node.name.text, ...braces(proofTokens(node))];
    case "test": {
      const fields = node.send.fields.map(({ path, value }) => [...pathTokens(path), ...valueTokens(value)]);
      const send = ["send", wordToken(node.send.route), ...braces(loose(fields)), MAYBE_COMMA];
      const states = loose(node.given.map((given) => ["given", given.name.text, ...givenTokens(given)]));
      return ["test", wordToken(node.title), ...braces([...send, ...states, ...node.expect.flatMap(expectTokens)])];
    }
  }
}

function attributeTokens(node: tree.AttributeDeclaration): string[] {
  const fallback = optional(node.default, (value) => ["default", ...valueTokens(value)]);
  return [node.name.text, ...typeTokens(node.type), "from", node.source.text, wordToken(node.at), ...fallback];
}

const typeTokens = ({ words }: tree.TypeNode) =>
  separated(
    words.map((word) => [wordToken(word)]),
    "|",
  );

/** After a list without brackets a comma would belong to it. */
function fieldsTokens(fields: readonly tree.Field[]): string[] {
  return braces(
    fields.flatMap(({ name, value }) => [
      ...[name.text, ...fieldValueTokens(value)],
      ...(value.kind === "allow" ? [] : [MAYBE_COMMA]),
    ]),
  );
}

function fieldValueTokens(node: tree.FieldValue): string[] {
  switch (node.kind) {
    case "env":
      return ["env", ...(node.bracketed ? brackets(wordTokens(node.names)) : node.names.map(wordToken))];
    case "list":
      return brackets(wordTokens(node.items));
    case "prices": {
      const during = optional(node.during, ({ range, zone }) => [
        ...["during", ...rangeTokens(range)],
        ...optional(zone, (zone) => ["zone", wordToken(zone)]),
      ]);
      return [...during, ...braces(loose(node.entries.map(pairTokens)))];
    }
    case "options":
      return optionsTokens(node);
    case "sdk":
      return ["ai_sdk", wordToken(node.package)];
    case "breaker": {
      const trip = ["trip", "after", ...valueTokens(node.failures), "failures", "in", ...valueTokens(node.window)];
      return braces([...trip, MAYBE_COMMA, "rest", ...valueTokens(node.rest)]);
    }
    case "header":
      return [wordToken(node.header), ...fieldValueTokens(node.value)];
    case "allow":
      return allowanceTokens(node.allowances);
    case "latency":
      return [...valueTokens(node.from), ...optional(node.to, (to) => ["..", ...valueTokens(to)])];
    case "quantiles":
      return braces(loose(node.quantiles.map(pairTokens)));
    case "speed":
      return allowanceTokens([node]);
    case "shares":
      return braces(loose(node.shares.map(({ share, failure }) => [...valueTokens(share), failure.text])));
    default:
      return valueTokens(node);
  }
}

function allowanceTokens(allowances: readonly tree.Allowance[]): string[] {
  return listed(
    allowances.map(({ count, unit, window, per: each }) => [
      ...[...valueTokens(count), ...unit.text.split(" "), ...per(window)],
      ...optional(each, ({ text }) => ["per", text]),
    ]),
  );
}
const per = (window: tree.Window) => ["per", ...valueTokens(window)];

function signalTokens(node: tree.SignalSource): string[] {
  switch (node.kind) {
    case "patterns": {
      // A slash begins a regular expression only after a bracket or a comma.
      const items = node.items.map((item, i) => {
        const next = node.items[i + 1];
        return ["source" in item ? regexToken(item) : wordToken(item), next && "source" in next ? "," : MAYBE_COMMA];
      });
      return ["patterns", ...brackets(items.flat())];
    }
    case "keywords":
      return ["keywords", ...brackets(wordTokens(node.items))];
    case "classifier":
      return ["classifier", wordToken(node.weights)];
    case "similar": {
      const above = ["above", ...valueTokens(node.above)];
      return ["similar", "to", wordToken(node.examples), "using", node.embedder.text, ...above];
    }
    case "ask": {
      if ("kind" in node.prompt) return ["ask", node.model.text, wordToken(node.prompt)];
      const meanings = node.prompt.map(({ member, meaning }) => [wordToken(member), wordToken(meaning)]);
      return ["ask", node.model.text, ...braces(loose(meanings))];
    }
    case "http":
      return ["http", wordToken(node.url), ...optional(node.fields, fieldsTokens)];
    case "module":
      return ["module", wordToken(node.file)];
    case "language":
      return ["language"];
    case "unread":
      return [];
  }
}

function clauseTokens(node: tree.MeterClause): string[] {
  switch (node.kind) {
    case "per":
    case "on":
      return [node.kind, ...namesTokens(node.names)];
    case "for":
      return ["for", ...conditionTokens(node.condition), MAYBE_COMMA];
    case "limit":
    case "spend":
      return [node.kind, ...valueTokens(node.amount), ...per(node.window), MAYBE_COMMA];
    case "alert":
      return ["alert", "at", ...listed(node.at.map(valueTokens))];
    case "allow":
      return ["allow", ...allowanceTokens(node.allowances)];
  }
}

function settingTokens(node: tree.Setting): string[] {
  switch (node.kind) {
    case "for":
      return ["for", ...conditionTokens(node.condition), MAYBE_COMMA];
    case "strict":
      return ["strict", MAYBE_COMMA];
    case "reuse": {
      const duration = ["reuse", ...valueTokens(node.duration)];
      return node.per.length > 0 ? [...duration, "per", ...namesTokens(node.per)] : [...duration, MAYBE_COMMA];
    }
    case "setting":
      return [...pairTokens(node), MAYBE_COMMA];
  }
}

function proofTokens(node: tree.ProveDeclaration): string[] {
  const on = node.on.length > 0 ? ["on", ...listed(node.on.map((name) => [wordToken(name)]))] : [];
  const premise = node.premise ? ["when", ...conditionTokens(node.premise)] : ["always"];
  return [...on, ...premise, ...separated(node.claims.map(claimTokens), "and")];
}

function claimTokens(node: tree.Claim): string[] {
  switch (node.kind) {
    case "every":
      return ["every", "model", "is", ...conditionTokens(node.condition)];
    case "never":
      return ["never", ...("text" in node.models ? [node.models.text] : setTokens(node.models))];
    case "bound":
      return [node.of.text, node.op, ...valueTokens(node.value)];
    case "no_reject":
      return ["no", "reject"];
  }
}

function givenTokens(node: tree.Given): string[] {
  switch (node.kind) {
    case "down":
      return ["down"];
    case "fails":
      return ["fails", node.failure.text];
    case "answers":
      return ["answers", ...braces(loose(node.facts.map(pairTokens)))];
    case "used":
      return ["used", ...valueTokens(node.share)];
    case "value":
      return valueTokens(node.value);
  }
}

function expectTokens(node: tree.Expectation): string[] {
  switch (node.kind) {
    case "plan":
      return ["expect", "plan", node.name.text, MAYBE_COMMA];
    case "served":
      return ["expect", "served", "by", node.name.text, MAYBE_COMMA];
    case "rule":
    case "reject":
      return ["expect", node.kind, ...valueTokens(node.value), MAYBE_COMMA];
    case "tries":
      return ["expect", "tries", ...namesTokens(node.names)];
    case "cost":
      return ["expect", "cost", "<=", ...valueTokens(node.value), MAYBE_COMMA];
  }
}
