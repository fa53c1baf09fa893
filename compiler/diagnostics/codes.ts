/**
 * Every code that routec can report, with what it is about. Codes are stable: one is never used again for something
 * else. RT1 syntax · RT2 names, types, facts, imports · RT3 rules and plans · RT4 proofs · RT5 style.
 */
export const CODES = {
  RT1001: "unexpected text",
  RT1002: "malformed number",
  RT1003: "malformed string",
  RT1004: "not supported by this version",
  RT1005: "unreadable character",
  RT1006: "nesting too deep",
  RT1007: "not a text file",
  RT1008: "file too large",
  RT2001: "unknown name",
  RT2002: "name already taken",
  RT2003: "wrong type",
  RT2004: "value out of range",
  RT2005: "unknown enum member",
  RT2006: "unknown field",
  RT2007: "missing field",
  RT2008: "field given twice",
  RT2009: "import cannot be read",
  RT2010: "import cycle",
  RT2011: "wrong kind of name",
  RT2012: "malformed regular expression",
  RT2013: "wrong number of patterns",
  RT2014: "definition refers to itself",
  RT2015: "malformed URL",
  RT3001: "a request is forgotten",
  RT3002: "rule can never match",
  RT3003: "plan cycle",
  RT3004: "else can never be taken",
  RT3005: "not decided",
  RT5001: "unused declaration",
} as const;

export type Code = keyof typeof CODES;
