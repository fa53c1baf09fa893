import { MODELS } from "./support.ts";

/**
 * A route that decides every request only because of so many pigeons two sit in one hole of which there is one less: no
 * search that takes cases apart finds that out in few steps (Haken, The intractability of resolution, 1985).
 */
export function pigeons(count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const holes = numbers.slice(1).map((hole) => `h${hole}`);
  const rules = numbers.flatMap((first) =>
    numbers
      .slice(first + 1)
      .map(
        (second) => `when ${holes.map((hole) => `p${first} == ${hole} and p${second} == ${hole}`).join(" or ")} -> big`,
      ),
  );
  return `request {
${numbers.map((i) => `p${i} ${holes.join(" | ")} from header "p${i}" default h1`).join("\n")}
}
${MODELS}route chat {
${rules.join("\n")}
}
`;
}
