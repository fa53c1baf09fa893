import fc from "fast-check";
import { expect, test } from "vitest";
import { MESSAGES_WIRE, RESPONSES_WIRE } from "../../../runtime/dialects/index.ts";

/** Together they stay below what is believed of any answer. */
const count = fc.nat(99_999_999);

const messages = fc
  .record({ input: count, created: count, read: count, kept: fc.option(count), output: count, tier: fc.boolean() })
  .map(({ input, created, read, kept, output, tier }) => ({
    input_tokens: input,
    cache_creation_input_tokens: created,
    cache_read_input_tokens: read,
    ...(kept !== null && { cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: kept } }),
    output_tokens: output,
    ...(tier && { service_tier: "standard" }),
  }));

const responses = fc
  .record({ input: count, cached: count, output: count, reasoning: count, total: count })
  .map(({ input, cached, output, reasoning, total }) => ({
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: total,
  }));

test.each([
  ["message", MESSAGES_WIRE, messages],
  ["response", RESPONSES_WIRE, responses],
] as const)("the usage of a %s is the same whether it is matched or parsed", (_, wire, usages) => {
  fc.assert(
    fc.property(usages as fc.Arbitrary<object>, fc.boolean(), (usage, isLast) => {
      const answer = isLast ? { id: "a", usage } : { usage, id: "a" };
      const [matched, parsed] = [undefined, 1].map((indent) =>
        wire.usageOfAnswer(Buffer.from(JSON.stringify(answer, null, indent))),
      );
      expect(matched).toBeDefined();
      expect(matched).toEqual(parsed);
    }),
  );
});
