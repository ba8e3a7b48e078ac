// Labs: starting a run, following it while it trains, and showing its report when it is done.
import { get, post, say } from "./api";
import { Charts } from "./chart";
import type { Measured } from "./curves";
import { make, need } from "./dom";

export function mountLabForm(): void {
  const form = document.querySelector<HTMLFormElement>("form.lab-start");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = need<HTMLButtonElement>("button", form);
    button.disabled = true;
    try {
      const chosen = new FormData(form);
      const body = {
        quick: chosen.has("quick"),
        mine: chosen.has("mine"),
        backend: chosen.get("backend") || null, // where the lab has no choice, the page has no field
        recipe: chosen.get("recipe") || null,
        seeds: Number(chosen.get("seeds")),
        settings: chosen.get("settings"),
      };
      const { run } = await post<{ run: string }>(`/api/labs/${form.dataset.lab}/runs`, body);
      location.href = `/run/${run}`;
    } catch (error) {
      say(need(".form-note", form), error);
      button.disabled = false;
    }
  });
}

interface Done {
  state: string;
  sentence: string;
}

export function mountRun(): void {
  const page = document.querySelector<HTMLElement>("[data-run]");
  if (!page) return;
  const run = page.dataset.run!;
  const charts = new Charts(need(".charts", page));
  const status = need(".run-status", page);
  const running = page.dataset.state === "running";
  const events = new EventSource(`/api/runs/${run}/events`);
  events.addEventListener("metrics", (event) => {
    const measured = JSON.parse(event.data) as Measured;
    charts.add(measured);
    const last = measured.metrics[measured.metrics.length - 1];
    const where = measured.said ? `${measured.said}, epoch` : "Training: epoch";
    if (running && last) status.textContent = `${where} ${last.epoch}, step ${last.step}.`;
  });
  events.addEventListener("note", (event) => {
    if (running) status.textContent = JSON.parse(event.data) as string;
  });
  events.addEventListener("done", (event) => {
    events.close();
    charts.finish();
    if (running) void finish(page, run, JSON.parse(event.data) as Done);
  });
  events.addEventListener("error", () => {
    if (running) status.textContent = "The studio does not answer; trying again.";
  });
  mountStop(page, run, status);
}

function mountStop(page: HTMLElement, run: string, status: HTMLElement): void {
  const stop = page.querySelector<HTMLButtonElement>("button.stop");
  stop?.addEventListener("click", async () => {
    stop.disabled = true;
    status.textContent = "Stopping; what was measured so far is kept.";
    await post(`/api/runs/${run}/stop`).catch((error) => say(status, error));
  });
}

async function finish(page: HTMLElement, run: string, done: Done): Promise<void> {
  const status = need(".run-status", page);
  status.textContent = done.sentence;
  page.dataset.state = done.state;
  page.querySelector("button.stop")?.remove();
  const report = need(".run-report", page);
  try {
    const { html, page: hasPage } = await get<{ html: string; page: boolean }>(`/api/runs/${run}/report`);
    report.innerHTML = html; // the server's own rendering of the run's report, scrubbed there
    need(".run-page", page).hidden = !hasPage;
  } catch (error) {
    report.append(make("p", "", error instanceof Error ? error.message : String(error)));
  }
}
