// A long press with the finger opens what the right button opens with the mouse.

import type { Point } from "./overlay";

const LONG_MS = 500;
const STILL_PX = 10;

/** Call `open` with the element and the place that were pressed long; the click that ends the press is swallowed. */
export function onLongPress(host: HTMLElement, open: (target: Element, at: Point) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start: (Point & { id: number }) | null = null;
  let opened = false;
  const stop = (): void => {
    clearTimeout(timer);
    start = null;
  };
  const down = (event: PointerEvent): void => {
    opened = false;
    if (event.pointerType !== "touch" || start) return stop(); // a second finger means to pinch
    const target = event.composedPath()[0] as Element;
    start = { x: event.clientX, y: event.clientY, id: event.pointerId };
    timer = setTimeout(() => {
      if (!start) return;
      opened = true;
      open(target, { x: start.x, y: start.y });
      stop();
    }, LONG_MS);
  };
  const move = (event: PointerEvent): void => {
    if (start && event.pointerId === start.id && Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL_PX) stop();
  };
  const click = (event: MouseEvent): void => {
    if (!opened) return;
    opened = false;
    event.preventDefault();
    event.stopPropagation();
  };
  const events = { pointerdown: down, pointermove: move, pointerup: stop, pointercancel: stop };
  for (const [name, listener] of Object.entries(events)) host.addEventListener(name, listener as EventListener, { capture: true });
  host.addEventListener("click", click, { capture: true });
  return () => {
    stop();
    for (const [name, listener] of Object.entries(events)) host.removeEventListener(name, listener as EventListener, { capture: true });
    host.removeEventListener("click", click, { capture: true });
  };
}
