// Numbers as a person reads them.

const whole = new Intl.NumberFormat("en-US");
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

export function exactly(value: number): string {
  return whole.format(value);
}

/** At most five characters: 850 · 2.42K · 61.7K · 138M. */
export function briefly(value: number): string {
  return compact.format(value);
}

export function plural(count: number, word: string): string {
  return `${exactly(count)} ${word}${count === 1 ? "" : "s"}`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Bytes in steps of a thousand: 61.7 KB. */
export function sizeOf(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  return `${briefly(bytes / 1000 ** step)} ${UNITS[step]}`;
}

/** A number whose size is what matters: 0.42, 3.1e-5. */
export function scientific(value: number): string {
  return value >= 0.01 && value < 1000 ? briefly(Number(value.toPrecision(2))) : value.toExponential(1);
}
