// What Streamlit calls: once for each mount, and again with each change of its data.

import type { Config, Figure } from "plotly.js-cartesian-dist-min";
import { Chart } from "./chart";

interface Payload {
  /** Plotly's JSON, as text: Streamlit would otherwise take it apart and put it together once more. */
  figure: string;
  config: Config;
  label: string;
  height: number;
}

interface Component {
  data: Payload;
  parentElement: HTMLElement | ShadowRoot;
}

interface Mount {
  host: HTMLElement;
  chart: Chart;
}

const mounts = new WeakMap<HTMLElement | ShadowRoot, Mount>();

export default function draw({ data, parentElement }: Component): () => void {
  const mount = mounts.get(parentElement) ?? create(parentElement);
  mount.host.style.height = `${data.height}px`;
  mount.host.setAttribute("aria-label", data.label);
  mount.chart.show({ ...(JSON.parse(data.figure) as Omit<Figure, "config">), config: data.config });
  return () => {
    mount.chart.stop();
    mount.host.remove();
    mounts.delete(parentElement);
  };
}

function create(parent: HTMLElement | ShadowRoot): Mount {
  const host = document.createElement("div");
  host.className = "chart";
  host.setAttribute("role", "figure");
  parent.appendChild(host);
  const mount = { host, chart: new Chart(host) };
  mounts.set(parent, mount);
  return mount;
}
