// Opening what belongs to a button of a toolbar, beside it.

import type { PanelName } from "./overlay";
import type { Store } from "./store";

export function openPanel(store: Store, panel: PanelName, button: HTMLElement): void {
  const { left, bottom } = button.getBoundingClientRect();
  store.show(store.overlay?.kind === "panel" && store.overlay.panel === panel ? null : { kind: "panel", panel, at: { x: left, y: bottom + 6 } });
}
