// The exercise page: one file in the editor, Check, the verdict, hints, and what to do when the file changed on disk.
import type { EditorView } from "@codemirror/view";
import { get, pageData, post, Refused, say } from "./api";
import { make, need } from "./dom";
import { openEditor, replaceAll } from "./editor";
import { type Checked, showVerdict } from "./verdict";

interface File {
  source: string;
  version: string;
}

interface Exercise extends File {
  id: string;
  title: string;
  functions: string[];
  nonce: string;
}

export function mountExercise(): void {
  const data = pageData<Exercise>("exercise-data");
  if (data) new Desk(data);
}

class Desk {
  private readonly url: string;
  private readonly view: EditorView;
  private readonly state = need(".file-state");
  private readonly button = need<HTMLButtonElement>("button.check");
  private readonly conflict = need(".conflict");
  private version: string;
  private saved: string;
  private busy = false;

  constructor(exercise: Exercise) {
    this.url = `/api/exercises/${exercise.id}`;
    this.version = exercise.version;
    this.saved = exercise.source;
    this.view = openEditor({
      parent: need(".editor"),
      source: exercise.source,
      functions: exercise.functions,
      nonce: exercise.nonce,
      label: `Your file: ${exercise.title}`,
      onCheck: () => void this.check(),
      onSave: () => void this.save(),
      onChange: () => this.showState(),
    });
    this.saved = this.text(); // the editor's own line ends
    this.button.addEventListener("click", () => void this.check());
    need("button.hint").addEventListener("click", () => void this.hint());
    window.addEventListener("focus", () => void this.look());
    window.addEventListener("beforeunload", (event) => {
      if (this.changed()) event.preventDefault();
    });
  }

  private text(): string {
    return this.view.state.doc.toString();
  }

  private changed(): boolean {
    return this.text() !== this.saved;
  }

  private showState(): void {
    this.state.textContent = this.changed() ? "Not saved yet." : "Saved.";
  }

  private async check(): Promise<void> {
    await this.working("Checking.", async (source) => {
      const checked = await post<Checked>(`${this.url}/check`, { source, base: this.version });
      this.keep(source, checked.version);
      showVerdict(need(".verdict"), checked);
      this.offerHint(checked.hints.shown, checked.hints.of);
    });
    await this.look(); // after a wrong prediction the sheet has other numbers
  }

  private async save(): Promise<void> {
    await this.working("Saving.", async (source) => {
      const file = await post<{ version: string }>(`${this.url}/file`, { source, base: this.version });
      this.keep(source, file.version);
    });
  }

  private keep(source: string, version: string): void {
    this.saved = source;
    this.version = version;
    this.showState();
  }

  private async working(what: string, action: (source: string) => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.button.disabled = true;
    this.state.textContent = what;
    try {
      await action(this.text());
    } catch (error) {
      if (error instanceof Refused && error.status === 409) this.ask(error.body as unknown as File);
      else say(this.state, error);
    } finally {
      this.busy = false;
      this.button.disabled = false;
    }
  }

  /** Back from another window: has another editor saved the file? */
  private async look(): Promise<void> {
    const file = await get<File>(`${this.url}/file`).catch(() => null);
    if (!file || file.version === this.version || this.busy) return;
    if (this.changed()) this.ask(file);
    else this.take(file, "The file had changed on disk and was read again.");
  }

  private take(file: File, note: string): void {
    replaceAll(this.view, file.source);
    this.keep(file.source, file.version);
    this.state.textContent = note;
  }

  private ask(file: File): void {
    const here = make("button", "", "Keep what is here") as HTMLButtonElement;
    const disk = make("button", "", "Take the file on disk") as HTMLButtonElement;
    const close = () => {
      this.conflict.hidden = true;
      this.view.focus();
    };
    here.addEventListener("click", () => {
      this.version = file.version; // the next save may replace what is on disk
      this.saved = file.source;
      close();
      this.showState();
    });
    disk.addEventListener("click", () => {
      close();
      this.take(file, "Read from disk.");
    });
    this.state.textContent = "Not saved: the file changed on disk.";
    this.conflict.replaceChildren(make("p", "", "Another program saved this file since it was opened here. Nothing has been overwritten."), here, disk);
    this.conflict.hidden = false;
    here.focus();
  }

  private async hint(): Promise<void> {
    try {
      const { tier, of, text } = await post<{ tier: number; of: number; text: string }>(`${this.url}/hint`);
      const item = make("li", "", text) as HTMLLIElement;
      item.value = tier;
      item.tabIndex = -1;
      need("ol.hints").append(item);
      item.focus();
      this.offerHint(tier, of);
    } catch (error) {
      say(this.state, error);
    }
  }

  private offerHint(shown: number, of: number): void {
    const button = need<HTMLButtonElement>("button.hint");
    button.textContent = `Show hint ${shown + 1} of ${of}`;
    button.hidden = shown >= of;
  }
}
