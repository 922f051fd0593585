// Where something that opens at the pointer stands: there, but inside the window.

import type { Point } from "./overlay";

const MARGIN = 8;

export function keepInside(element: HTMLElement, at: Point): void {
  element.style.left = `${Math.max(MARGIN, Math.min(at.x, window.innerWidth - element.offsetWidth - MARGIN))}px`;
  element.style.top = `${Math.max(MARGIN, Math.min(at.y, window.innerHeight - element.offsetHeight - MARGIN))}px`;
}
