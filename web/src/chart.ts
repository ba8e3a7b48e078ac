// Two small charts that grow while a lab runs: loss and accuracy. One network: training and validation. Several parts:
// the one at work so, those that are finished as thin curves of validation.
import uPlot from "uplot";
import { Curve, look, type Measured } from "./curves";
import { ink, make } from "./dom";

const TRAINING = { label: "training", colour: "--data-1", dash: [] as number[], width: 1.25 };
const VALIDATION = { label: "validation", colour: "--data-2", dash: [6, 4], width: 2 };

interface Drawn {
  curve: Curve;
  colour: string;
  dash: number[];
  width: number;
  points: boolean;
}

interface Pair {
  at: number; // among the named parts
  name: string;
  train: Curve;
  val: Curve;
}

/** One quantity over the steps of a run. */
class Panel {
  private readonly pairs = new Map<number, Pair>();
  private live: number | null = null;
  private readonly heading = make("p", "chart-head");
  private readonly title: HTMLElement;
  private readonly values: HTMLElement[];
  private readonly box = make("div", "plot");
  private plot: uPlot | null = null;
  private shown = ""; // which curves the plot was made for

  constructor(
    readonly root: HTMLElement,
    title: string,
    private readonly digits: number,
  ) {
    this.title = make("span", "chart-title", title);
    this.heading.append(this.title);
    this.values = [TRAINING, VALIDATION].map((series, i) => {
      const value = make("span", "chart-value", "–");
      const key = make("span", `chart-key chart-key-${i + 1}`);
      key.append(make("span", "chart-line"), `${series.label} `, value);
      this.heading.append(key);
      return value;
    });
    root.append(this.heading, this.box);
    root.hidden = true;
  }

  add(from: Measured, what: "loss" | "accuracy", at: number): void {
    const pair = this.pairs.get(from.part) ?? { at, name: from.name, train: new Curve(), val: new Curve() };
    this.pairs.set(from.part, pair);
    for (const metric of from.metrics) pair[metric.split].add(metric.step, metric[what]);
    this.live = from.part;
    if (pair.train.last !== undefined || pair.val.last !== undefined) this.root.hidden = false;
    [pair.train, pair.val].forEach((curve, i) => {
      this.values[i]!.textContent = curve.last?.toFixed(this.digits) ?? "–";
    });
    this.heading.classList.toggle("of-parts", from.name !== "");
    if (from.name) this.heading.style.setProperty("--now", `var(${look(at).colour})`);
  }

  /** Nothing is at work any more: of several parts only what is compared is left, validation where there is one. */
  finish(): void {
    const pairs = [...this.pairs.values()];
    if (!pairs.some((pair) => pair.name)) return;
    this.live = null;
    this.heading.classList.add("settled");
    this.title.textContent += pairs.some((pair) => pair.val.last !== undefined) ? " in validation" : " in training";
  }

  draw(): void {
    if (this.root.hidden) return;
    const drawn = this.drawn();
    const data = uPlot.join(drawn.map(({ curve }) => [curve.steps, curve.values])) as uPlot.AlignedData;
    const shown = `${[...this.pairs.keys()]} ${this.live} ${drawn.length}`;
    if (this.plot && shown === this.shown) {
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.plot = new uPlot(this.options(drawn), data, this.box);
    this.shown = shown;
  }

  /** Drawn anew: the width or the colours of the page have changed. */
  redraw(): void {
    this.shown = "";
    this.draw();
  }

  private drawn(): Drawn[] {
    return [...this.pairs.entries()].flatMap(([part, { at, name, train, val }]): Drawn[] => {
      if (!name) return [{ ...TRAINING, curve: train, points: false }, { ...VALIDATION, curve: val, points: true }];
      if (part !== this.live) return [{ ...look(at), curve: val.last === undefined ? train : val, width: 1.25, points: false }];
      return [
        { curve: train, colour: "--grey", dash: [], width: 0.75, points: false },
        { ...look(at), curve: val, width: 2.5, points: true },
      ];
    });
  }

  private options(drawn: Drawn[]): uPlot.Options {
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
        ...drawn.map((curve) => ({
          stroke: ink(curve.colour),
          width: curve.width,
          dash: curve.dash,
          spanGaps: true,
          points: { show: curve.points, size: 6, fill: ink(curve.colour) },
        })),
      ],
    };
  }
}

export class Charts {
  private readonly panels: [Panel, Panel];
  private readonly key = make("ul", "chart-parts");
  private readonly entries = new Map<number, HTMLElement>();
  private waiting = false;

  constructor(root: HTMLElement) {
    const [loss, accuracy] = [make("div", "panel"), make("div", "panel")];
    root.append(this.key, loss, accuracy);
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

  add(measured: Measured): void {
    const at = measured.name ? this.name(measured) : 0;
    this.panels[0].add(measured, "loss", at);
    this.panels[1].add(measured, "accuracy", at);
    this.draw();
  }

  finish(): void {
    for (const entry of this.entries.values()) entry.classList.remove("now");
    for (const panel of this.panels) panel.finish();
    this.draw();
  }

  /** The part in the key, where it stands out while it is at work; its place there. */
  private name(measured: Measured): number {
    for (const entry of this.entries.values()) entry.classList.remove("now");
    let entry = this.entries.get(measured.part);
    if (!entry) {
      entry = keyOf(measured.name, this.entries.size);
      this.entries.set(measured.part, entry);
      this.key.append(entry);
    }
    entry.classList.add("now");
    return [...this.entries.keys()].indexOf(measured.part);
  }

  private draw(): void {
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

const SVG = "http://www.w3.org/2000/svg";

function keyOf(name: string, at: number): HTMLElement {
  const { colour, dash } = look(at);
  const [picture, line] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "path")];
  picture.setAttribute("viewBox", "0 0 28 6");
  line.setAttribute("d", "M0 3H28");
  line.setAttribute("stroke-dasharray", dash.join(" "));
  line.style.stroke = `var(${colour})`;
  picture.append(line);
  const entry = make("li");
  entry.append(picture, name);
  return entry;
}
