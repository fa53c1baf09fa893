/** What is known of an answer: what gates test, and what a test can have a model answer. */
import { LARGEST } from "../syntax/literals.ts";
import { builtIn } from "./builtins.ts";
import type { Attribute } from "./program.ts";

/** By name; without `judge`, which is what another model says of it. */
export const ANSWER: ReadonlyMap<string, Attribute> = new Map([
  builtIn("confidence", { kind: "score" }),
  builtIn("refused", { kind: "bool" }),
  builtIn("valid_json", { kind: "bool" }),
  builtIn("finish", { kind: "enum", members: ["stop", "length", "tools", "filtered"] }),
  builtIn("output_tokens", { kind: "int" }, [0, LARGEST]),
  builtIn("answer", { kind: "string" }),
]);
