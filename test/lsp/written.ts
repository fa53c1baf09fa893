/** Policies as somebody writes them, open in a server. */
import type { ClientCapabilities, Position } from "vscode-languageserver-protocol";
import { type Client, marked, startClient } from "./client.ts";
import { MODELS, REQUEST } from "./support.ts";

export const HEAD = `import "./models.route"\n${REQUEST}`;
export const FILES = { "models.route": MODELS, "rubric.md": "Is it good?" };

export const WHOLE = `${HEAD}
/// Cheap first.
plan che¦ap = cascade {
  small accept when judge(big, "./rubric.md") >= 0.7
  big
}
plan any = cheapest { models where can tools }

route chat {
  when tier == free -> cheap
  otherwise -> big else small
}

prove free_never_big { when tier == pro  never small }

test "free is cheap" {
  send chat { tenant "acme" }
  expect plan cheap
}
`;

/** The same, with a rule that somebody is writing. */
export const BROKEN = WHOLE.replace("  otherwise", "  when tier ==\n  otherwise");

/** A server in which `main.route` is open and was checked; `position` is where `¦` stands in it. */
export async function openedIn(
  text: string,
  capabilities?: ClientCapabilities,
  atEnd?: Parameters<typeof startClient>[2],
): Promise<Client & { readonly position: Position }> {
  const { text: plain, positions } = marked(text);
  const client = await startClient({ ...FILES, "main.route": plain }, capabilities, atEnd);
  await client.open("main.route", plain);
  await client.findings();
  return { ...client, position: positions[0] ?? { line: 0, character: 0 } };
}
