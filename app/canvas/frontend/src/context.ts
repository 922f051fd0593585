// The store of the canvas that a component is drawn in.

import { createContext, useContext, useSyncExternalStore } from "react";
import type { Store } from "./store";

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("no store around this component");
  return store;
}

/** Draw again with each change of the store. */
export function useChanges(): Store {
  const store = useStore();
  useSyncExternalStore(store.subscribe, store.snapshot);
  return store;
}

/** Draw again only when this one answer changes. */
export function useAnswer<T extends string | number | boolean | null | undefined>(read: (store: Store) => T): T {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, () => read(store));
}
