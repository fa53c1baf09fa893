const ZERO = 0x30;

/** Nano-dollars, from 0 and rounded to a whole number, as dollars: exactly, and without an exponent. */
export function dollars(amount: number): string {
  const nano = Math.round(amount);
  const whole = Math.floor(nano / 1e9);
  const rest = nano - whole * 1e9;
  if (rest === 0) return String(whole);
  const digits = String(rest + 1e9);
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end--;
  return `${whole}.${digits.slice(1, end)}`;
}
