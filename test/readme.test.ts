/** What the README shows is what happens. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { check, format } from "../compiler/index.ts";
import { folder, routec } from "./support/routec.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);
const [policy = "", faulty = ""] = blocks("route");

describe("the README", () => {
  it("shows a policy that is clean and in canonical form", () => {
    expect(check({ text: policy }).diagnostics).toEqual([]);
    expect(format(policy).text).toBe(policy);
  });

  it("shows what the compiler says of a faulty one", async () => {
    const declarations = policy.slice(0, policy.indexOf("route chat"));
    const { stdout, code } = await routec(["check", "main.route"], {
      cwd: folder({ "main.route": declarations + faulty }),
    });
    const shown = blocks("")
      .find((text) => text.startsWith("$ routec check"))
      ?.replace("$ routec check main.route\n", "");
    expect(stdout).toBe(shown);
    expect(code).toBe(1);
  });

  it("starts with the commands that set everything up", () => {
    expect(blocks("")).toContain("npm ci && npm start\n");
    expect(blocks("")).toContain("npm ci && npm test\n");
  });
});
