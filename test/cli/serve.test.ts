import { type ChildProcessWithoutNullStreams, execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { GOOD, MISSPELT } from "../support/policies.ts";
import { folder, type RunOptions, routec, start } from "../support/routec.ts";

interface Served {
  readonly child: ChildProcessWithoutNullStreams;
  /** What stood on standard error once the proxy listened, down to the call to try. */
  readonly greeting: string;
  readonly base: string;
}

async function serve(policy: string, args: string[] = [], options: RunOptions = {}): Promise<Served> {
  const child = start(["serve", "main.route", "--port", "0", ...args], {
    cwd: folder({ "main.route": policy }),
    ...options,
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (line.startsWith("  -d ") || line.startsWith("every request will be refused")) break;
  }
  const greeting = lines.join("\n");
  return { child, greeting, base: /at (http:\S+?)\/v1:/.exec(greeting)?.[1] ?? greeting };
}

const chat = (base: string, headers: Record<string, string> = {}) =>
  fetch(`${base}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hello" }] }),
  });

const exit = async (child: ChildProcessWithoutNullStreams) => (await once(child, "exit"))[0];

test("a policy is served until it is interrupted", async () => {
  const { child, base } = await serve(GOOD);
  expect((await chat(base)).headers.get("x-routec-model")).toBe("small");
  expect((await chat(base, { "x-tier": "pro" })).headers.get("x-routec-model")).toBe("large");
  child.kill("SIGINT");
  expect(await exit(child)).toBe(0);
});

test("SIGTERM ends it too", async () => {
  const { child } = await serve(GOOD);
  child.kill("SIGTERM");
  expect(await exit(child)).toBe(0);
});

test("it says what it serves, that it asks nobody who they are, and a call that works as it stands", async () => {
  const required =
    'tenant  string  from header "x-tenant"\n  team  a | b  from metadata "team"\n  level  int  from body "/x/level"';
  const { greeting, base } = await serve(GOOD.replace("tier  free", `${required}\n  tier  free`));
  expect(greeting).toMatch(/^serving main\.route at http:\/\/127\.0\.0\.1:\d+\/v1: chat\n/m);
  expect(greeting).toContain("it answers only on loopback, and claims are empty\n");
  const curl = greeting.slice(greeting.indexOf("curl "));
  expect(curl).toContain("-H 'x-tenant: example'");
  const answer = execFileSync("sh", ["-c", `${curl} --silent --show-error --noproxy '*'`], { encoding: "utf8" });
  expect(JSON.parse(answer)).toMatchObject({ object: "chat.completion" });
  expect((await chat(base)).status).toBe(400);
});

test("a compiled table is served without its source", async () => {
  const cwd = folder({ "main.route": GOOD });
  await routec(["compile", "main.route", "-o", "policy.json"], { cwd });
  const child = start(["serve", "policy.json", "--port", "0"], { cwd });
  const [line] = await once(createInterface({ input: child.stderr }), "line");
  expect(line).toMatch(/^serving policy\.json at /);
});

test("a fault while serving ends it with a report, not with a stack", async () => {
  const broken = `import { Server } from "node:http";
    const { listen } = Server.prototype;
    Server.prototype.listen = function (...args) {
      this.once("listening", () => { throw new RangeError("out of luck"); });
      return listen.apply(this, args);
    };`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(broken)}`];
  const cwd = folder({ "main.route": GOOD });
  const { code, stderr } = await routec(["serve", "main.route", "--port", "0"], { cwd, node });
  expect(code).toBe(70);
  expect(stderr).toContain("this is a fault of routec's own, not of your policy: RangeError: out of luck\n");
  expect(stderr).not.toContain("    at ");
});

test("a policy with errors is not served", async () => {
  const { code, stderr } = await routec(["serve", "main.route"], { cwd: folder({ "main.route": MISSPELT }) });
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error\[RT2001\]/) });
});

test("environment variables that are not set are named, all of them", async () => {
  const keyed = 'provider demo { protocol openai  url env "ROUTEC_TEST_URL"  key env "ROUTEC_TEST_KEY" }';
  const policy = GOOD.replace("provider demo { protocol simulated }", keyed);
  const { code, stderr } = await routec(["serve", "main.route"], { cwd: folder({ "main.route": policy }) });
  expect(code).toBe(2);
  expect(stderr).toContain("`ROUTEC_TEST_URL`");
  expect(stderr).toContain("`ROUTEC_TEST_KEY`");
});

test("a port in use is said", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const { code, stderr } = await routec(["serve", "main.route", "--port", port], {
    cwd: folder({ "main.route": GOOD }),
  });
  other.close();
  expect(code).toBe(2);
  expect(stderr).toContain(`port ${port} of 127.0.0.1, or that of the admin address, is in use by another program`);
});

test.each(["0.0.0.0", "::", "192.168.1.1", "example.com", "127.0.0.1.evil.com", ""])(
  "nobody but this machine is let in: --host %j is refused",
  async (host) => {
    const { code, stderr } = await routec(["serve", "main.route", `--host=${host}`], {
      cwd: folder({ "main.route": GOOD }),
    });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`listening on \`${host}\` would let in whoever reaches it`),
    });
  },
);

test.each(["65536", "-1", "http", ""])("--port %j is refused", async (port) => {
  const { code, stderr } = await routec(["serve", "main.route", `--port=${port}`]);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`\`--port\` cannot be \`${port}\``),
  });
});

test.each(["{}", "[]", "null", "{", '{"format":2}'])("a table that is %j is refused", async (table) => {
  const { code, stderr } = await routec(["serve", "policy.json"], { cwd: folder({ "policy.json": table }) });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/^routec: `policy\.json`/) });
});

test.each(["1", "2"])("what cannot be written is named, by %s workers too", async (workers) => {
  const cwd = folder({ "main.route": GOOD, file: "", "log/line": "" });
  const args = ["serve", "main.route", "--port", "0", "--workers", workers];
  expect(await routec(args, { cwd, env: { ROUTEC_LOG_FILE: "file/lines" } })).toMatchObject({
    code: 2,
    stderr: "routec: `file` is a file: expected a folder\n",
  });
  expect(await routec(args, { cwd, env: { ROUTEC_LOG_FILE: "log" } })).toMatchObject({
    code: 2,
    stderr: "routec: cannot write `log`: it is a folder\n",
  });
});
