// Two small charts that grow while a lab runs: loss and accuracy, training and validation.
import uPlot from "uplot";
import { ink, make } from "./dom";

export interface Metric {
  step: number;
  epoch: number;
  split: "train" | "val";
  loss: number;
  accuracy: number | null;
}

const SERIES = [
  { split: "train", label: "training", colour: "--data-1", dash: [] as number[], width: 1.25 },
  { split: "val", label: "validation", colour: "--data-2", dash: [6, 4], width: 2 },
] as const;

type Column = (number | null)[];

/** One quantity over the steps of a run. */
class Panel {
  private readonly steps: number[] = [];
  private readonly columns: [Column, Column] = [[], []];
  private readonly row = new Map<number, number>();
  private readonly values: HTMLElement[];
  private readonly box = make("div", "plot");
  private plot: uPlot | null = null;

  constructor(
    readonly root: HTMLElement,
    title: string,
    private readonly digits: number,
  ) {
    const heading = make("p", "chart-head");
    heading.append(make("span", "chart-title", title));
    this.values = SERIES.map((series, i) => {
      const value = make("span", "chart-value", "–");
      const key = make("span", `chart-key chart-key-${i + 1}`);
      key.append(make("span", "chart-line"), `${series.label} `, value);
      heading.append(key);
      return value;
    });
    root.append(heading, this.box);
    root.hidden = true;
  }

  add(step: number, split: Metric["split"], value: number | null): void {
    if (value === null || !Number.isFinite(value)) return;
    this.root.hidden = false;
    const series = split === "train" ? 0 : 1;
    let at = this.row.get(step);
    if (at === undefined) {
      at = this.steps.push(step) - 1;
      this.row.set(step, at);
      for (const column of this.columns) column.push(null);
    }
    this.columns[series][at] = value;
    this.values[series]!.textContent = value.toFixed(this.digits);
  }

  draw(): void {
    if (this.root.hidden) return;
    const data = [this.steps, ...this.columns] as uPlot.AlignedData;
    if (this.plot) this.plot.setData(data);
    else this.plot = new uPlot(this.options(), data, this.box);
  }

  /** Drawn anew: the width or the colours of the page have changed. */
  redraw(): void {
    this.plot?.destroy();
    this.plot = null;
    this.draw();
  }

  private options(): uPlot.Options {
    const font = `13px ${ink("--serif")}`;
    const axis = { stroke: ink("--grey"), font, grid: { stroke: ink("--rule"), width: 1 }, ticks: { show: false } };
    const width = this.box.clientWidth;
    return {
      width,
      height: Math.round(Math.min(280, Math.max(190, width * 0.5))),
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [
        { ...axis, label: "step", labelFont: font, labelSize: 18, size: 30, space: 70 },
        { ...axis, size: 54, space: 34 },
      ],
      series: [
        {},
        ...SERIES.map((series) => ({
          stroke: ink(series.colour),
          width: series.width,
          dash: [...series.dash],
          spanGaps: true,
          points: { show: series.split === "val", size: 6, fill: ink(series.colour) },
        })),
      ],
    };
  }
}

export class Charts {
  private readonly panels: [Panel, Panel];
  private waiting = false;

  constructor(root: HTMLElement) {
    const [loss, accuracy] = [make("div", "panel"), make("div", "panel")];
    root.append(loss, accuracy);
    this.panels = [new Panel(loss, "Loss", 4), new Panel(accuracy, "Accuracy", 3)];
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    let width = root.clientWidth;
    new ResizeObserver(() => {
      if (root.clientWidth !== width) {
        width = root.clientWidth;
        this.redraw();
      }
    }).observe(root);
  }

  add(metrics: Metric[]): void {
    for (const metric of metrics) {
      this.panels[0].add(metric.step, metric.split, metric.loss);
      this.panels[1].add(metric.step, metric.split, metric.accuracy);
    }
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      for (const panel of this.panels) panel.draw();
    });
  }

  private redraw(): void {
    for (const panel of this.panels) panel.redraw();
  }
}
