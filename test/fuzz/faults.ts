/** What must hold of the compiler for every text, whatever is in it. */
import { CODES, check, compile, type Diagnostic, type FileSystem } from "../../compiler/index.ts";
import { type File, format, parse } from "../../compiler/syntax/index.ts";
import { essence } from "../compiler/syntax/arbitrary.ts";

/** What is wrong with the compiler, as this text shows: a line for the kind of fault, then more about this one. */
export function faultOf(text: string, whole = true): string | undefined {
  try {
    return faultOfSyntax(text) ?? (whole ? faultOfCheck(text) : undefined);
  } catch (error) {
    return `throws ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`;
  }
}

const FILE = "policy.route";

function faultOfSyntax(text: string): string | undefined {
  const { tree, diagnostics } = parse(FILE, text);
  const fault = faultOfAll(diagnostics, new Map([[FILE, text]]));
  if (fault !== undefined || diagnostics.some(({ severity }) => severity === "error")) return fault;

  const formatted = format(text, tree);
  const again = parse(FILE, formatted);
  const [refused] = again.diagnostics;
  if (refused !== undefined) return `formatted no longer parses\n${refused.message}\n${formatted}`;
  if (meaningOf(again.tree) !== meaningOf(tree)) return `formatted says something else\n${formatted}`;
  if (commentsOf(again.tree) !== commentsOf(tree)) return `formatted has other comments\n${formatted}`;
  if (format(formatted, again.tree) !== formatted) return `formatted again differs\n${formatted}`;
  return undefined;
}

// As JSON, for a comparison of deep trees by Node's own means needs more stack than all that is tried here.
const meaningOf = (tree: File): string => JSON.stringify(essence(tree));
const commentsOf = ({ comments }: File): string => comments.map(({ text }) => text.trimEnd()).join("\n");

/** The files that an import may find beside the policy. */
const BESIDE: ReadonlyMap<string, string> = new Map([
  ["/p/catalog.route", "provider lab { protocol simulated }\n"],
  ["/p/x.route", 'import "./catalog.route"\n'],
]);
const FILES: FileSystem = {
  read: (path) => {
    const text = BESIDE.get(path);
    if (text === undefined) throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: "ENOENT" });
    return new TextEncoder().encode(text);
  },
  real: (path) => path,
};

function faultOfCheck(text: string): string | undefined {
  const source = { text, path: `/p/${FILE}` };
  const { diagnostics, sources } = check(source, { fileSystem: FILES });
  const fault = faultOfAll(diagnostics, sources);
  if (fault !== undefined || diagnostics.some(({ severity }) => severity === "error")) return fault;
  compile(source, { fileSystem: FILES });
  return undefined;
}

function faultOfAll(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): string | undefined {
  return diagnostics.map((diagnostic) => faultOfDiagnostic(diagnostic, sources)).find((fault) => fault !== undefined);
}

function faultOfDiagnostic(found: Diagnostic, sources: ReadonlyMap<string, string>): string | undefined {
  const { code, severity, message, help, related = [], fix } = found;
  if (!Object.hasOwn(CODES, code)) return `unknown code ${code}`;
  if (severity !== "error" && severity !== "warning") return `unknown severity ${severity}`;
  for (const said of [message, help, fix?.title, ...related.map((place) => place.message)])
    if (said !== undefined && !/^(?!.*[.\s]$)\S.*$/.test(said))
      return `ill-formed message: ${shapeOf(said)}\n${JSON.stringify(said)}`;
  for (const { file, span } of [found, ...related, ...(fix?.edits ?? [])]) {
    const length = sources.get(file)?.length;
    if (length === undefined) return `unknown file of: ${shapeOf(message)}\n${file}`;
    if (!(span.start >= 0 && span.start <= span.end && span.end <= length))
      return `span outside the text of: ${shapeOf(message)}\n${span.start} to ${span.end} of ${length}`;
  }
  return undefined;
}

/** A message without what the user wrote, on one line. */
function shapeOf(message: string): string {
  return message.replace(/`[^`]*`(, `[^`]*`)*/g, "`…`").replace(/\s+/g, " ");
}
