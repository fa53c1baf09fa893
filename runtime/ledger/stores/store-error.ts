/** A store cannot be opened, for a reason that whoever runs routec can change. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
