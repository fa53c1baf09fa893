/** Precompiled from routec-config.schema.json by Ajv. It tells all that is wrong. */
declare const validate: {
  (data: unknown): boolean;
  errors?:
    | {
        instancePath: string;
        keyword: string;
        params: Readonly<Record<string, unknown>>;
      }[]
    | null;
};
export default validate;
