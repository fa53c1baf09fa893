/** fast-check, which the package has as an optional peer: only who simulates needs it. */

/** The package `fast-check` is not installed. */
export class FastCheckMissingError extends Error {
  override readonly name = "FastCheckMissingError";
}

export const { Arbitrary, check, property, stream, Value } = await import("fast-check").catch(() => {
  throw new FastCheckMissingError(
    "to simulate needs the package `fast-check`, which is not installed: `npm install --save-dev fast-check`",
  );
});
