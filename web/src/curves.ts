// What a run measured, as curves: of the run as a whole, or of each of its parts, the arms of a study or its seeds.

export interface Metric {
  step: number;
  epoch: number;
  split: "train" | "val";
  loss: number;
  accuracy: number | null;
}

/** What the events stream says at a time: new measurements of one part. "" is the name of a run without parts. */
export interface Measured {
  part: number;
  name: string;
  said: string;
  metrics: Metric[];
}

/** One quantity by step. A run that goes on after a kill measures its last steps again: the later figure counts. */
export class Curve {
  readonly steps: number[] = [];
  readonly values: number[] = [];

  add(step: number, value: number | null): void {
    if (value === null || !Number.isFinite(value)) return;
    while (this.steps.length && this.steps[this.steps.length - 1]! >= step) {
      this.steps.pop();
      this.values.pop();
    }
    this.steps.push(step);
    this.values.push(value);
  }

  get last(): number | undefined {
    return this.values[this.values.length - 1];
  }
}

const COLOURS = 6;
// As in the course's figures: a curve is known without its colour, too. A seventh has the first colour, dashed.
const DASHES = [[], [5, 3], [2, 3], [7, 3, 2, 3], [4, 3], [9, 3]];

/** How a part is drawn, in every chart and in the key. */
export function look(part: number): { colour: string; dash: number[] } {
  const turn = Math.floor(part / COLOURS);
  return { colour: `--data-${(part % COLOURS) + 1}`, dash: DASHES[(part + turn) % DASHES.length]! };
}
