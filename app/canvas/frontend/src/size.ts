// Let the canvas reach down to the lower edge of the window, whatever stands above it.

const LEAST_PX = 320;

export function fillWindow(host: HTMLElement): { resize: (height: number | "fill", gap: number) => void; stop: () => void } {
  let wanted: number | "fill" = "fill";
  let gap = 0;
  const measure = (): void => {
    if (wanted !== "fill") host.style.height = `${wanted}px`;
    else if (host.isConnected) host.style.height = `${Math.max(LEAST_PX, Math.floor(window.innerHeight - top(host) - gap))}px`;
  };
  // What stands above may grow after us (fonts, messages): look at the page's own size as well as at the window's.
  const observer = new ResizeObserver(measure);
  observer.observe(document.body);
  window.addEventListener("resize", measure);
  return {
    resize(height, bottom) {
      wanted = height;
      gap = bottom;
      measure();
      requestAnimationFrame(measure);
    },
    stop() {
      observer.disconnect();
      window.removeEventListener("resize", measure);
    },
  };
}

/** Distance from the top of the window as if the page were not scrolled. */
function top(host: HTMLElement): number {
  let scrolled = 0;
  for (let parent: Node | null = host; parent; parent = parent instanceof ShadowRoot ? parent.host : parent.parentNode)
    if (parent instanceof HTMLElement && parent !== document.documentElement) scrolled += parent.scrollTop;
  return host.getBoundingClientRect().top + scrolled;
}
