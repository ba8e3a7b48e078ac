// A lesson: its equations and predictions. Where its code has not run yet, the executed text comes when it has.
import { get } from "./api";
import { make } from "./dom";
import { renderMath } from "./math";
import { mountPredictions } from "./predict";

export function mountLesson(): void {
  renderMath(document);
  mountPredictions();
  const body = document.querySelector<HTMLElement>("[data-lesson-pending]");
  if (body) void execute(body);
}

async function execute(body: HTMLElement): Promise<void> {
  const note = document.querySelector<HTMLElement>(".lesson-note");
  try {
    const { html } = await get<{ html: string }>(`/api/lessons/${body.dataset.lessonPending}/executed`);
    const at = scrollAnchor(body);
    body.innerHTML = html; // the server's own rendering of the lesson
    delete body.dataset.lessonPending;
    renderMath(body);
    mountPredictions();
    if (at) document.getElementById(at.id)?.scrollIntoView();
    note?.remove();
  } catch (error) {
    note?.replaceWith(make("p", "lesson-note", error instanceof Error ? error.message : String(error)));
  }
}

/** The heading the reader has scrolled past, so that the text does not jump away from under them. */
function scrollAnchor(body: HTMLElement): HTMLElement | undefined {
  return [...body.querySelectorAll<HTMLElement>("h2[id]")].reverse().find((h) => h.getBoundingClientRect().top < 0);
}
