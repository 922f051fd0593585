// React Flow listens for the pointer on its root node. Inside a shadow root it never sees what happens outside: a wire released there would stick.

export function forwardPointer(host: HTMLElement): () => void {
  const root = host.getRootNode();
  if (root === document) return () => undefined;
  const forward = (event: MouseEvent): void => {
    if (!event.composedPath().includes(root)) root.dispatchEvent(new MouseEvent(event.type, event));
  };
  window.addEventListener("mousemove", forward);
  window.addEventListener("mouseup", forward);
  return () => {
    window.removeEventListener("mousemove", forward);
    window.removeEventListener("mouseup", forward);
  };
}
