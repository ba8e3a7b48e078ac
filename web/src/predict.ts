// Predict blocks: the answer stays shut until the reader has committed to one of their own.
import { pageData, post, say } from "./api";
import { make, need } from "./dom";

/** `said` holds what was committed to on earlier visits, by the number of the question. */
export function mountPredictions(): void {
  const said = pageData<Record<string, string>>("said") ?? {};
  for (const form of document.querySelectorAll<HTMLFormElement>("form.predict")) {
    const before = said[form.dataset.index!];
    if (before === undefined) mount(form);
    else reveal(form, before);
  }
}

function mount(form: HTMLFormElement): void {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = need<HTMLTextAreaElement>("textarea", form);
    const note = need(".predict-note", form);
    if (!field.value.trim()) {
      note.textContent = "Write something first; a guess will do.";
      field.focus();
      return;
    }
    try {
      const url = `/api/lessons/${form.dataset.concept}/predictions/${form.dataset.index}`;
      const { said } = await post<{ said: string }>(url, { text: field.value });
      reveal(form, said).focus();
    } catch (error) {
      say(note, error);
    }
  });
}

function reveal(form: HTMLFormElement, said: string): HTMLElement {
  const line = make("p", "predict-said");
  line.append(make("span", "label", "You said: "), said);
  need(".predict-commit", form).replaceWith(line);
  need(".predict-note", form).remove();
  const answer = need(".predict-answer", form);
  answer.hidden = false;
  return answer;
}
