import { expect, test } from "vitest";
import { anthropicRates, openaiRates } from "../../../runtime/dialects/index.ts";

const NOW = Date.parse("2026-08-01T12:00:00Z");

test("Anthropic's are told as OpenAI's", () => {
  const headers = [
    ...["Anthropic-RateLimit-Requests-Limit", "50", "anthropic-ratelimit-requests-remaining", "49"],
    ...["anthropic-ratelimit-requests-reset", "2026-08-01T12:00:01.5Z", "anthropic-ratelimit-input-tokens-limit", "9"],
    ...["anthropic-ratelimit-tokens-reset", "2026-08-01T11:00:00Z", "anthropic-ratelimit-tokens-remaining", "-1"],
  ];
  expect(openaiRates(headers, NOW)).toEqual([
    ...[
      "x-ratelimit-limit-requests",
      "50",
      "x-ratelimit-remaining-requests",
      "49",
      "x-ratelimit-reset-requests",
      "1.5s",
    ],
    ...["x-ratelimit-reset-tokens", "0s", "x-ratelimit-remaining-tokens", "-1"],
  ]);
});

test.each([
  ["6m0s", "2026-08-01T12:06:00.000Z"],
  ["20ms", "2026-08-01T12:00:00.020Z"],
  ["1h0m1.5s", "2026-08-01T13:00:01.500Z"],
])("OpenAI's, of which one comes back in %s, are told as Anthropic's", (reset, until) => {
  const headers = ["x-ratelimit-limit-tokens", "1000", "x-ratelimit-reset-tokens", reset];
  expect(anthropicRates(headers, NOW)).toEqual([
    ...["anthropic-ratelimit-tokens-limit", "1000", "anthropic-ratelimit-tokens-reset", until],
  ]);
});

test("what is none says nothing", () => {
  expect(openaiRates(["anthropic-ratelimit-tokens-reset", "soon", "x", "y"], NOW)).toEqual([]);
  expect(anthropicRates(["x-ratelimit-reset-requests", "soon"], NOW)).toEqual([]);
});
