// Labs: starting a run, following it while it trains, and showing its report when it is done.
import { get, post, say } from "./api";
import { Charts, type Metric } from "./chart";
import { make, need } from "./dom";

export function mountLabForm(): void {
  const form = document.querySelector<HTMLFormElement>("form.lab-start");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = need<HTMLButtonElement>("button", form);
    button.disabled = true;
    try {
      const chosen = new FormData(form);
      const body = { quick: chosen.has("quick"), mine: chosen.has("mine") };
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
    const metrics = JSON.parse(event.data) as Metric[];
    charts.add(metrics);
    const last = metrics[metrics.length - 1];
    if (running && last) status.textContent = `Training: epoch ${last.epoch}, step ${last.step}.`;
  });
  events.addEventListener("done", (event) => {
    events.close();
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
    const { html } = await get<{ html: string }>(`/api/runs/${run}/report`);
    report.innerHTML = html; // the server's own rendering of the run's report, scrubbed there
  } catch (error) {
    report.append(make("p", "", error instanceof Error ? error.message : String(error)));
  }
}
