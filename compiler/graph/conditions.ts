/** What a rule is conditional on, all groups and the `match` that it stands in included. */
import type { Program } from "../program/program.ts";
import { asWritten, formatCondition } from "../syntax/index.ts";

/** For `GraphOptions.conditionOf`: conditions as they are written. */
export function conditionsIn({ routes, files }: Program): (route: string, rule: number) => string {
  const texts = new Map(files.map((file) => [file.name, file.text]));
  return (name, rule) => {
    const route = routes.find(({ names }) => names[0] === name);
    const text = route?.rules[rule]?.text ?? "";
    const covers = ({ first, end }: { readonly first: number; readonly end: number }): boolean =>
      first <= rule && rule < end;
    const whens = (route?.whens ?? [])
      .filter(covers)
      .map(({ written, place }) => formatCondition(written, asWritten(texts.get(place.file) ?? "")));
    const match = route?.matches.find(covers);
    const patterns = text.slice(0, text.lastIndexOf("-> ")).trim();
    const arm = match === undefined ? [] : [`${match.operands.map((operand) => operand.name).join(", ")}: ${patterns}`];
    const all = [...whens, ...arm].join(" and ");
    if (all === "") return text.startsWith("otherwise") ? "otherwise" : "always";
    return text.startsWith("otherwise") ? `when ${all}, otherwise` : whens.length === 0 ? all : `when ${all}`;
  };
}
