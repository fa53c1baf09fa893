import { describe, expect, test } from "vitest";
import { classifyAnswer, classifyContent, retryAfter } from "../../../runtime/plan/failure.ts";

function failureOf(status: number, body: unknown = ""): string {
  return classifyAnswer(status, Buffer.from(typeof body === "string" ? body : JSON.stringify(body))).failure;
}

describe("a status", () => {
  test.each([
    [302, "server_error"],
    [400, "invalid"],
    [401, "unauthorized"],
    [402, "rate_limited"],
    [403, "unauthorized"],
    [404, "unreachable"],
    [408, "timeout"],
    [409, "invalid"],
    [410, "unreachable"],
    [413, "too_long"],
    [422, "invalid"],
    [429, "rate_limited"],
    [498, "overloaded"],
    [500, "server_error"],
    [502, "server_error"],
    [503, "overloaded"],
    [504, "server_error"],
    [529, "overloaded"],
  ])("%i is %s", (status, failure) => {
    expect(failureOf(status)).toBe(failure);
  });
});

describe("a 400 is told apart by what it says", () => {
  test.each([
    ["OpenAI", { error: { message: "…", code: "context_length_exceeded" } }, "too_long"],
    [
      "vLLM",
      { object: "error", message: "This model's maximum context length is 4096 tokens.", code: 400 },
      "too_long",
    ],
    [
      "xAI",
      { error: "This model's maximum prompt length is 131072 but the request contains 140000 tokens." },
      "too_long",
    ],
    ["llama.cpp", { error: { message: "the request exceeds the available context size" } }, "too_long"],
    ["Anthropic", { error: { message: "prompt is too long: 210000 tokens > 200000 maximum" } }, "too_long"],
    ["Azure", { error: { code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } } }, "filtered"],
    ["OpenAI images", { error: { code: "content_policy_violation" } }, "filtered"],
    ["Groq", { error: { code: "model_decommissioned" } }, "unreachable"],
    ["FastAPI", { detail: [{ msg: "field required" }] }, "invalid"],
    ["nobody", "<html>", "invalid"],
  ])("%s", (_who, body, failure) => {
    expect(failureOf(400, body)).toBe(failure);
  });
});

describe("a 403 is told apart by what it says", () => {
  test.each([
    ["OpenRouter", { error: { code: 403, message: 'Your input was flagged for "violence"' } }, "filtered"],
    ["a code", { error: { code: "content_policy_violation", message: "…" } }, "filtered"],
    [
      "OpenAI",
      { error: { code: "unsupported_country_region_territory", message: "Country not supported" } },
      "unauthorized",
    ],
    ["nobody", "<html>", "unauthorized"],
  ])("%s", (_who, body, failure) => {
    expect(failureOf(403, body)).toBe(failure);
  });
});

describe("an error without a status", () => {
  test.each([
    [{ error: { code: "rate_limit_exceeded" } }, "rate_limited"],
    [{ error: { type: "insufficient_quota" } }, "rate_limited"],
    [{ error: { type: "overloaded_error" } }, "overloaded"],
    [{ error: { type: "authentication_error" } }, "unauthorized"],
    [{ error: { type: "invalid_request_error" } }, "invalid"],
    [{ error: { code: "context_length_exceeded", type: "invalid_request_error" } }, "too_long"],
    [{ error: { code: 503, message: "no room" } }, "overloaded"],
    [{ error: { code: "server_error", type: "invalid_request_error" } }, "server_error"],
    [{ error: "boom" }, "server_error"],
  ])("%j is read from its code", (body, failure) => {
    expect(classifyContent(body)?.failure).toBe(failure);
  });

  test.each([{ choices: [] }, { error: null }, "text", 1, null])("%j is none", (body) => {
    expect(classifyContent(body)).toBeUndefined();
  });
});

test("the log gets the status, the code and one line of what was said", () => {
  const body = { error: { code: "bad", message: `first\nsecond ${"x".repeat(1_000)}` } };
  expect(classifyAnswer(400, Buffer.from(JSON.stringify(body))).detail).toMatch(/^400 bad: first second x{487}$/u);
});

describe("how long to wait", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");

  test.each([
    [["Retry-After", "2"], 2_000],
    [["retry-after", "0.5"], 500],
    [["retry-after", "3", "retry-after-ms", "250"], 250],
    [["retry-after", "Thu, 01 Jan 2026 00:00:10 GMT"], 10_000],
    [["retry-after", "Wed, 31 Dec 2025 23:59:00 GMT"], 0],
    [["retry-after", "soon"], undefined],
    [["retry-after", "-1"], undefined],
    [[], undefined],
  ])("%j", (headers, milliseconds) => {
    expect(retryAfter(headers, now)).toBe(milliseconds);
  });
});
