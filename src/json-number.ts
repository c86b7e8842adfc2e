const parts = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** More digits than any double has. Later digits change nothing. */
const maxDigits = 40;

/** A decimal number that is not 0: `digits` times 10^exponent. */
interface Decimal {
  digits: string;
  exponent: number;
}

/**
 * The value of a number as JSON and GraphQL write it. It is Infinity if JavaScript would keep another number, because this one is too
 * large, too small, or has a fraction that no double has. Digits beyond those of a double are rounded.
 */
export function numberOf(text: string): number {
  const value = Number(text);
  return isKept(text, value) ? value : Number.POSITIVE_INFINITY;
}

function isKept(text: string, value: number): boolean {
  if (text === String(value)) return true;
  const sent = decimalOf(text);
  if (!sent) return true;
  const kept = Number.isFinite(value) ? decimalOf(String(value)) : undefined;
  if (!kept || (sent.exponent < 0 && Number.isInteger(value))) return false;
  // If two decimals are equally near, other programs may write the one that JavaScript does not.
  return isRounding(sent, kept) || isRounding(sent, decimalOf(value.toPrecision(17)) as Decimal);
}

/** Undefined for 0. */
function decimalOf(text: string): Decimal | undefined {
  const [, whole = "", fraction = "", power = "0"] = parts.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.slice(0, maxDigits).replace(/0+$/, "");
  return digits === "" ? undefined : { digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}

/** Whether `sent`, rounded to the last digit of `kept`, is `kept`. */
function isRounding(sent: Decimal, kept: Decimal): boolean {
  const dropped = kept.exponent - sent.exponent;
  if (dropped < 0) return false;
  const unit = 10n ** BigInt(dropped);
  const distance = BigInt(sent.digits) - BigInt(kept.digits) * unit;
  return 2n * (distance < 0n ? -distance : distance) <= unit;
}
