// How a person wants the network drawn, kept by this browser: no part of the document, because it changes nothing for anyone else.

import { useSyncExternalStore } from "react";
import { recall, remember } from "./memory";

export const COLOURINGS = ["category", "parameters", "flops", "memory", "signal"] as const;
export type Colouring = (typeof COLOURINGS)[number];

export interface LookState {
  /** Blocks that are dragged keep to the grid and to the lines of others. */
  snap: boolean;
  /** Shapes stand on the wires. */
  shapes: boolean;
  colouring: Colouring;
}

function start(): LookState {
  const saved = (recall("look") ?? {}) as Partial<Record<keyof LookState, unknown>>;
  const colouring = COLOURINGS.find((known) => known === saved.colouring) ?? "category";
  return { snap: saved.snap === true, shapes: saved.shapes === true, colouring };
}

class Look {
  state: LookState = start();
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): LookState => this.state;
  set(part: Partial<LookState>): void {
    this.state = { ...this.state, ...part };
    remember("look", this.state);
    for (const listener of this.listeners) listener();
  }
}

export const look = new Look();

export function useLook(): LookState {
  return useSyncExternalStore(look.subscribe, look.snapshot);
}
