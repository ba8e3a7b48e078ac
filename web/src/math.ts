// Equations: every .math element holds TeX as its text. Built as nodes, never as a string of HTML.
import katex from "katex";

const FENCES = [/^\\\(([\s\S]*)\\\)$/, /^\\\[([\s\S]*)\\\]$/, /^\$\$([\s\S]*)\$\$$/];

function bare(tex: string): string {
  const text = tex.trim();
  for (const fence of FENCES) {
    const inner = fence.exec(text)?.[1];
    if (inner !== undefined) return inner;
  }
  return text;
}

export function renderMath(within: ParentNode): void {
  for (const element of within.querySelectorAll<HTMLElement>(".math:not([data-set])")) {
    const displayMode = element.matches("div, .block, .display");
    element.dataset.set = "";
    katex.render(bare(element.textContent ?? ""), element, { displayMode, throwOnError: false, strict: "ignore" });
    if (displayMode) element.tabIndex = 0; // a long equation scrolls by keyboard too
  }
}
