// Numbers as a person reads them.

const whole = new Intl.NumberFormat("en-US");

export function exactly(value: number): string {
  return whole.format(value);
}

/** At most seven characters: 61,706 · 1.24 M · 138 M. */
export function briefly(value: number): string {
  for (const [size, unit] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
  ] as const)
    if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  return exactly(value);
}

export function plural(count: number, word: string): string {
  return `${exactly(count)} ${word}${count === 1 ? "" : "s"}`;
}
