/**
 * fast-check as tests get it (vitest.config.ts): it draws the same cases each time, so that a commit passes or fails and
 * does not do both. With `TEST_SEED=random npm test` it tries new ones, and names the seed of a failure.
 */
import fc from "fast-check";

const { TEST_SEED = "20261121" } = process.env;
if (TEST_SEED !== "random") fc.configureGlobal({ seed: Number(TEST_SEED) });

export * from "fast-check";
export default fc;
