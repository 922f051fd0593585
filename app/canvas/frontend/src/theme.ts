// Colours come from Streamlit's variables; only those of the categories are ours, one set for a light background and one for a dark.

import type { PaletteInfo } from "./protocol";

export function applyCategoryColours(host: HTMLElement, palette: PaletteInfo): void {
  const dark = isDark(host);
  host.dataset.theme = dark ? "dark" : "light";
  for (const { name, light, dark: onDark } of palette.categories) host.style.setProperty(`--cat-${name}`, dark ? onDark : light);
}

function isDark(host: HTMLElement): boolean {
  const probe = document.createElement("span");
  probe.style.color = "var(--st-background-color, #fff)";
  host.appendChild(probe);
  const [red = 255, green = 255, blue = 255] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
  probe.remove();
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
