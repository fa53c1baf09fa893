/** `module`: a function of the program that routec is embedded in. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AttributeType, DecisionTable } from "../table/index.ts";
import { expectation, valueFromJson } from "../table/index.ts";
import { SignalError } from "./signal-error.ts";
import type { Answered, AskedSource } from "./source.ts";
import type { MessageText } from "./texts.ts";

/** What a signal's function, or its address, is told of a request. */
export interface SignalInput {
  /** The signal's name. */
  readonly signal: string;
  readonly type: AttributeType;
  /** What the user asked last. */
  readonly text: string;
  readonly messages: readonly MessageText[];
}

/**
 * Gives the signal's value, or a promise of it: money in dollars, durations in milliseconds, a member as its text. What
 * throws, rejects, or is not of the type makes the signal take its `else`. `gone` is aborted when nobody waits any more.
 */
export type SignalModule = (input: SignalInput, gone: AbortSignal) => unknown;

/** The functions by the file that the policy names, as it is written there. */
export type SignalModules = Readonly<Record<string, SignalModule>>;

/**
 * Imports the files that the table's signals name, relative to `folder`, that of the policy. Each exports its function
 * as its default.
 *
 * @throws SignalError on a file that cannot be imported or exports no function
 */
export async function loadSignalModules(table: DecisionTable, folder: string): Promise<SignalModules> {
  const modules: Record<string, SignalModule> = {};
  for (const { name, source } of table.signals) {
    if (source.kind !== "module") continue;
    const { file } = source;
    const said = `the module \`${file}\` of signal \`${name}\``;
    const exported = await import(pathToFileURL(resolve(folder, file)).href).catch((error: unknown) => {
      throw new SignalError(`${said} cannot be imported: ${error instanceof Error ? error.message : error}`);
    });
    if (typeof exported.default !== "function") throw new SignalError(`${said} has no function as its default export`);
    modules[file] = exported.default;
  }
  return modules;
}

export function moduleSource(
  { name, type }: { readonly name: string; readonly type: AttributeType },
  compute: SignalModule,
): AskedSource {
  return {
    kind: "asked",
    ask({ texts }, _deadlineAt, tell) {
      const gone = new AbortController();
      const input = { signal: name, type, text: texts.asked, messages: texts.messages };
      const told = (answered: Answered): void => {
        if (!gone.signal.aborted) tell(answered);
      };
      const failed = (error: unknown): void =>
        told({ missing: `the module failed: ${error instanceof Error ? error.message : error}` });
      try {
        const given = compute(input, gone.signal);
        if (given instanceof Promise) given.then((value) => told(checked(type, value)), failed);
        else told(checked(type, given));
      } catch (error) {
        failed(error);
      }
      return { attempts: 0, cost: 0, cancel: () => gone.abort() };
    },
  };
}

/** `given`, as it came from outside, as a value of the type. */
export function checked(type: AttributeType, given: unknown): Answered {
  const value = valueFromJson(type, given);
  if (value !== undefined) return { value };
  const came = (JSON.stringify(given) ?? String(given)).slice(0, 80);
  return { missing: `it gave \`${came}\`, expected ${expectation(type)}` };
}
