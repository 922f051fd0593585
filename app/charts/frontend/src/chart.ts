// One figure in one element: drawn once, then given new data in place, so that zoom, hover and what was hidden stay.

import plotly, { type Figure } from "plotly.js-cartesian-dist-min";

export class Chart {
  private readonly observer = new ResizeObserver(() => this.fit());
  private drawn = false;
  private width = 0;
  private held = false;
  private waiting: Figure | null = null;
  private work: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: HTMLElement) {
    host.addEventListener("pointerdown", this.hold);
    window.addEventListener("pointerup", this.release);
    window.addEventListener("pointercancel", this.release);
    this.observer.observe(host);
  }

  /** Show a figure: the newest one once the last is drawn and nobody drags, without those in between. */
  show(figure: Figure): void {
    this.waiting = figure;
    this.next();
  }

  stop(): void {
    this.observer.disconnect();
    window.removeEventListener("pointerup", this.release);
    window.removeEventListener("pointercancel", this.release);
    this.waiting = null;
    plotly.purge(this.host);
  }

  // A drag spans a zoom over the axes as they are: new data under it would move them.
  private readonly hold = (): void => {
    this.held = true;
  };

  private readonly release = (): void => {
    if (!this.held) return;
    this.held = false;
    setTimeout(() => this.next()); // plotly hears of the same event after us
  };

  private next(): void {
    this.after(() => this.draw());
  }

  private async draw(): Promise<void> {
    const figure = this.waiting;
    if (figure === null || this.held) return;
    this.waiting = null;
    if (!this.drawn) this.width = this.host.clientWidth;
    await (this.drawn ? plotly.react(this.host, figure) : plotly.newPlot(this.host, figure));
    this.drawn = true;
  }

  private fit(): void {
    const width = this.host.clientWidth;
    if (!this.drawn || width === 0 || width === this.width) return;
    this.width = width;
    this.after(() => plotly.Plots.resize(this.host));
  }

  private after(task: () => Promise<unknown>): void {
    this.work = this.work.then(task).catch((reason) => console.error("A chart could not be drawn.", reason)); // and the next one is tried
  }
}
