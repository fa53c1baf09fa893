/** `textDocument/signatureHelp`: the forms that take several things in an order. */
import { MarkupKind, type SignatureHelp } from "vscode-languageserver-protocol";
import type { Document } from "../text/document.ts";

interface Form {
  readonly parts: readonly string[];
  readonly join: string;
  readonly open: string;
  readonly close: string;
  readonly about: string;
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  [
    "judge",
    {
      parts: ["model", '"prompt file"'],
      join: ", ",
      open: "(",
      close: ")",
      about: "how good a model finds the answer, from 0 to 1",
    },
  ],
  [
    "cascade",
    {
      parts: ["step accept when condition", "…", "step"],
      join: "  ",
      open: " { ",
      close: " }",
      about: "the first answer whose gate accepts it; all but the last step have gates",
    },
  ],
  [
    "hedge",
    {
      parts: ["plan", "after 2s plan", "…"],
      join: " ",
      open: " { ",
      close: " }",
      about: "starts the next where the one before is slow or has failed",
    },
  ],
  [
    "split",
    {
      parts: ["95% plan", "5% plan"],
      join: " ",
      open: " { ",
      close: " } by attribute",
      about: "draws one side and stays there; the shares make 100%",
    },
  ],
  [
    "spread",
    {
      parts: ["70% model", "30% model"],
      join: ", ",
      open: " { ",
      close: " } by attribute",
      about: "draws one model by its share, then the rest",
    },
  ],
  [
    "adaptive",
    {
      parts: ["models", "weights"],
      join: " } by { ",
      open: " { ",
      close: " }",
      about: "orders models by recent `cost`, `latency` and `errors`",
    },
  ],
]);

/** Of the innermost form that is open at an offset. */
export function signatureHelp(document: Document, offset: number): SignatureHelp | undefined {
  const { start, piece } = document.pieceAt(offset);
  const tokens = piece.tokens.filter(({ startOffset }) => start + startOffset < offset);
  const open: number[] = [];
  for (const [i, { image }] of tokens.entries()) {
    if ("{[(".includes(image)) open.push(i);
    else if ("}])".includes(image)) open.pop();
  }
  for (const bracket of open.toReversed()) {
    const keyword = tokens[bracket - 1]?.image ?? "";
    const form = FORMS.get(keyword === "by" ? "adaptive" : keyword);
    if (form === undefined) continue;
    const within = tokens.slice(bracket + 1);
    const active =
      keyword === "by"
        ? 1
        : keyword === "adaptive"
          ? 0
          : partsBefore(
              keyword,
              within.map(({ image }) => image),
            );
    return {
      signatures: [signatureOf(keyword === "by" ? "adaptive" : keyword, form)],
      activeSignature: 0,
      activeParameter: Math.min(active, form.parts.length - 1),
    };
  }
  return undefined;
}

/** How many parts of a form are behind what is being typed. */
function partsBefore(keyword: string, words: readonly string[]): number {
  if (keyword === "hedge") return words.filter((word) => word === "after").length;
  if (keyword === "split" || keyword === "spread")
    return Math.max(0, words.filter((word) => word.endsWith("%")).length - 1);
  if (keyword === "cascade") return words.filter((word) => word === "accept").length > 0 ? 2 : 0;
  return words.filter((word) => word === ",").length;
}

function signatureOf(keyword: string, { parts, join, open, close, about }: Form) {
  const before = keyword + open;
  let at = before.length;
  const parameters = parts.map((part) => {
    const label: [number, number] = [at, at + part.length];
    at += part.length + join.length;
    return { label };
  });
  return {
    label: before + parts.join(join) + close,
    documentation: { kind: MarkupKind.Markdown, value: about },
    parameters,
  };
}
