// Predict blocks: the answer stays shut until the reader has committed to one of their own.
import { post, say } from "./api";
import { make, need } from "./dom";

export function mountPredictions(): void {
  for (const block of document.querySelectorAll<HTMLFormElement>("form.predict")) mount(block);
}

function mount(form: HTMLFormElement): void {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = need<HTMLTextAreaElement>("textarea", form);
    const note = need(".predict-note", form);
    const text = field.value.trim();
    if (!text) {
      note.textContent = "Write something first, a guess will do.";
      field.focus();
      return;
    }
    try {
      await post(`/api/lessons/${form.dataset.concept}/predictions/${form.dataset.index}`, { text });
    } catch (error) {
      say(note, error);
      return;
    }
    const said = make("p", "predict-said");
    said.append(make("span", "label", "You said "), text);
    need(".predict-commit", form).replaceWith(said);
    const answer = need(".predict-answer", form);
    answer.hidden = false;
    answer.focus();
  });
}
