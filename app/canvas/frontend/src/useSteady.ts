// Functions that stay the same ones while what they do is made anew with each drawing: React Flow tells every block and wire of a new one.

import { useLayoutEffect, useState } from "react";

type Handlers = Record<string, (...given: never[]) => unknown>;

/** Return functions that call the latest of these; which ones there are is decided once. */
export function useSteady<T extends Handlers>(latest: T): T {
  const [steady] = useState(() => {
    const now = { latest };
    const handlers = Object.fromEntries(Object.keys(latest).map((name) => [name, (...given: never[]) => now.latest[name]!(...given)]));
    return { now, handlers: handlers as T };
  });
  useLayoutEffect(() => void (steady.now.latest = latest));
  return steady.handlers;
}
