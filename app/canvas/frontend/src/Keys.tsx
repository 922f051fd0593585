// Keys as this computer's keyboard calls them.

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES: Record<string, string> = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Arrow: "←↑→↓", Escape: "Esc", ContextMenu: "Menu" };
const MAC_NAMES: Record<string, string> = { Ctrl: "⌘", Alt: "⌥", Shift: "⇧" };

export function Keys({ keys }: { keys: string }) {
  const names = keys.split("+").map((key) => (MAC ? MAC_NAMES[key] : undefined) ?? NAMES[key] ?? key);
  return <kbd>{names.join(MAC ? "" : "+")}</kbd>;
}
