// Where the first steps stand: shown once for each browser, and again when they are asked for.

import { isDone, setDone } from "./memory";

class Tour {
  step: number | null = isDone("tour") ? null : 0;
  /** Whether a person asked for this step: then the keyboard's focus goes to it. */
  asked = false;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly at = (): number | null => this.step;

  start(): void {
    this.go(0, true);
  }
  go(step: number | null, asked = false): void {
    this.step = step;
    this.asked = asked;
    if (step === null) setDone("tour");
    for (const listener of this.listeners) listener();
  }
}

export const tour = new Tour();
