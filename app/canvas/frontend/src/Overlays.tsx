// The one thing that stands over the canvas for a moment. A press anywhere else closes it.

import { useEffect, useRef } from "react";
import type { View } from "./commands";
import { ContextMenu } from "./ContextMenu";
import { useChanges } from "./context";
import type { Overlay } from "./overlay";
import { ToolbarPanel } from "./Panels";
import { Search } from "./Search";
import { Shortcuts } from "./Shortcuts";

export function Overlays({ view, choose }: { view: View; choose: (type: string, asked: Extract<Overlay, { kind: "search" }>) => void }) {
  const store = useChanges();
  const { overlay } = store;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!overlay) return;
    const elsewhere = (event: Event): void => {
      if (!event.composedPath().includes(place.current!)) store.show(null);
    };
    window.addEventListener("pointerdown", elsewhere, { capture: true });
    window.addEventListener("wheel", elsewhere, { capture: true, passive: true });
    window.addEventListener("resize", elsewhere);
    return () => {
      window.removeEventListener("pointerdown", elsewhere, { capture: true });
      window.removeEventListener("wheel", elsewhere, { capture: true });
      window.removeEventListener("resize", elsewhere);
    };
  }, [overlay, store]);
  return (
    <div ref={place}>
      {overlay?.kind === "search" && <Search asked={overlay} choose={choose} />}
      {overlay?.kind === "menu" && <ContextMenu asked={overlay} view={view} />}
      {overlay?.kind === "panel" && <ToolbarPanel asked={overlay} view={view} />}
      {overlay?.kind === "shortcuts" && <Shortcuts />}
    </div>
  );
}
