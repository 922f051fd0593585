// What we use of plotly.js; its own types cover far more than the cartesian bundle holds.

declare module "plotly.js-cartesian-dist-min" {
  type Config = Record<string, unknown>;
  interface Figure {
    data: object[];
    layout: object;
    config: Config;
  }
  interface Plotly {
    newPlot(host: HTMLElement, figure: Figure): Promise<unknown>;
    react(host: HTMLElement, figure: Figure): Promise<unknown>;
    purge(host: HTMLElement): void;
    Plots: { resize(host: HTMLElement): Promise<unknown> };
  }
  const plotly: Plotly;
  export default plotly;
  export type { Config, Figure };
}
