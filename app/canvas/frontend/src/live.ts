// Live tints come through a second, tiny mount and never touch the document, so that no drag is lost to them.

export type Tint = number | string;

class Live {
  private tints: Readonly<Record<string, Tint>> = {};
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  of(node: string): Tint | undefined {
    return this.tints[node];
  }
  set(tints: Readonly<Record<string, Tint>>): void {
    this.tints = tints;
    for (const listener of this.listeners) listener();
  }
}

export const live = new Live();
