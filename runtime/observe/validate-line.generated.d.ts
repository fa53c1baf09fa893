/** Precompiled from decision-log.schema.json by Ajv. */
declare const validate: {
  (data: unknown): boolean;
  errors?: { instancePath: string; message?: string }[] | null;
};
export default validate;
