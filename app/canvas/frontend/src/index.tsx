// What Streamlit calls: once for each mount, and again with each change of its data or of the theme.

import { ReactFlowProvider } from "@xyflow/react";
import { createRoot, type Root } from "react-dom/client";
import base from "@xyflow/react/dist/base.css";
import { StoreContext } from "./context";
import { Editor } from "./Editor";
import { live } from "./live";
import type { LivePayload, Message, Payload } from "./protocol";
import { fillWindow } from "./size";
import { Store } from "./store";
import nodeStyle from "./styles/block.css";
import chromeStyle from "./styles/chrome.css";
import fixStyle from "./styles/fixes.css";
import overlayStyle from "./styles/overlay.css";
import compositeStyle from "./styles/composite.css";
import organisingStyle from "./styles/organising.css";
import paletteStyle from "./styles/palette.css";
import tourStyle from "./styles/tour.css";
import tokens from "./styles/tokens.css";
import { applyCategoryColours } from "./theme";

interface Component {
  data: Payload | LivePayload;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: (name: string, value: unknown) => void;
}

interface Mount {
  root: Root;
  store: Store;
  host: HTMLElement;
  resize: (height: number | "fill", gap: number) => void;
  unmount: () => void;
}

const mounts = new WeakMap<HTMLElement | ShadowRoot, Mount>();

export default function draw(component: Component): () => void {
  const { data } = component;
  if (data.role === "live") {
    live.set(data.tint);
    return () => live.set({});
  }
  let mount = mounts.get(component.parentElement);
  const shown = mount?.store.payload?.graph;
  mount ??= create(component.parentElement);
  mount.store.send = (message: Message) => component.setStateValue("sync", message);
  mount.store.receive(data);
  applyCategoryColours(mount.host, mount.store.palette);
  mount.resize(data.height, data.bottom_gap);
  if (data.graph !== shown) {
    const { root, store, host } = mount;
    root.render(
      <StoreContext.Provider value={store}>
        <ReactFlowProvider key={data.graph}>
          <Editor host={host} />
        </ReactFlowProvider>
      </StoreContext.Provider>,
    );
  }
  return mount.unmount;
}

function create(parent: HTMLElement | ShadowRoot): Mount {
  const host = document.createElement("div");
  host.className = "canvas-host";
  const style = document.createElement("style");
  style.textContent = base + tokens + nodeStyle + paletteStyle + chromeStyle + fixStyle + tourStyle + overlayStyle + organisingStyle + compositeStyle;
  const place = document.createElement("div");
  place.className = "canvas-root";
  host.append(style, place);
  parent.appendChild(host);
  const root = createRoot(place);
  const store = new Store();
  const { resize, stop } = fillWindow(host);
  const unmount = (): void => {
    store.stop();
    stop();
    root.unmount();
    host.remove();
    mounts.delete(parent);
  };
  const mount = { root, store, host, resize, unmount };
  Object.assign(host, { store }); // where the browser tests look
  mounts.set(parent, mount);
  return mount;
}
