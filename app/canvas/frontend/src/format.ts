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
