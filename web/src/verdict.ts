// A verdict on the page, in the terminal's words and order: the sentence, what was tried, expected beside received,
// the tolerance, where to read, the hint; the trace and the prints on demand.
import { make } from "./dom";

export interface Verdict {
  exercise: string;
  passed: boolean;
  kind: string;
  sentence: string;
  case: string;
  code: string;
  inputs: Record<string, string>;
  what: string;
  expected: string;
  received: string;
  tolerance: number | null;
  hint: string;
  smallest: boolean;
  intermediate: { name: string; right: string[]; expected: string; received: string } | null;
  see: string;
  output: string;
  trace: string;
  seed: number;
  seconds: number;
}

export interface Checked {
  verdict: Verdict;
  version: string;
  hints: { shown: number; of: number };
  see_url: string | null;
  next: { title: string; url: string } | null;
}

export function showVerdict(root: HTMLElement, { verdict, see_url, next }: Checked): void {
  root.dataset.kind = verdict.kind;
  root.classList.toggle("passed", verdict.passed);
  root.replaceChildren(make("p", "verdict-word", verdict.passed ? "passed" : "not yet"), make("p", "sentence", verdict.sentence));
  if (verdict.passed && next) root.append(linked("Next: ", next.url, next.title));
  if (!verdict.passed) root.append(...details(verdict, see_url));
  if (verdict.trace) root.append(folded("The trace", verdict.trace));
  if (verdict.output.trim()) root.append(folded("What your code printed", verdict.output));
  const again = verdict.passed || !verdict.case ? "" : ` The same numbers again: groundup check ${verdict.exercise} --seed ${verdict.seed}.`;
  root.append(make("p", "verdict-time", `Checked in ${verdict.seconds.toFixed(2)} s.${again}`));
  root.hidden = false;
  root.focus();
}

function details(verdict: Verdict, see: string | null): HTMLElement[] {
  const shown: HTMLElement[] = [];
  if (verdict.expected) shown.push(example(verdict));
  else if (verdict.case) shown.push(make("p", "tried", `Tried: ${verdict.case}.`));
  if (see) shown.push(linked("Read ", see, verdict.see.replace(/^#+\s*/, "")));
  if (verdict.hint) {
    const hint = make("p", "verdict-hint");
    hint.append(make("span", "label", "Hint "), verdict.hint);
    shown.push(hint);
  }
  return shown;
}

function example(verdict: Verdict): HTMLElement {
  const figure = make("figure", "example");
  figure.append(make("figcaption", "", verdict.smallest ? "The smallest example that fails" : `Tried: ${verdict.case}`));
  if (verdict.code) figure.append(row("example-row", "code", verdict.code));
  for (const [name, value] of Object.entries(verdict.inputs)) figure.append(row("example-row", name, value));
  const step = verdict.intermediate;
  if (step) {
    const right = step.right.length ? ` (right before it: ${step.right.join(", ")})` : "";
    figure.append(row("example-row", "first off", `${step.name}${right}`), beside(step.name, step.expected, step.received));
  }
  figure.append(beside(verdict.what, verdict.expected, verdict.received));
  if (verdict.tolerance) figure.append(row("example-row", "tolerance", `${verdict.tolerance} relative`));
  return figure;
}

function beside(what: string, expected: string, received: string): HTMLElement {
  const wide = Math.max(...`${expected}\n${received}`.split("\n").map((line) => line.length)) > 28;
  const pair = make("div", wide ? "example-pair tall" : "example-pair");
  pair.append(row("example-half expected", `${what} expected`, expected), row("example-half received", `${what} received`, received));
  return pair;
}

function row(className: string, name: string, value: string): HTMLElement {
  const line = make("div", className);
  line.append(make("span", "", name.trim()), make("pre", "", value));
  return line;
}

function folded(label: string, text: string): HTMLElement {
  const fold = make("details");
  fold.append(make("summary", "", label), make("pre", "", text));
  return fold;
}

function linked(before: string, url: string, text: string): HTMLElement {
  const line = make("p", "verdict-link", before);
  const anchor = make("a", "", text) as HTMLAnchorElement;
  anchor.href = url;
  line.append(anchor, ".");
  return line;
}
