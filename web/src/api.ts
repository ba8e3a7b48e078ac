// Talking to the studio's own server: JSON out, JSON in, and a refusal carries what the server said.

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
  ) {
    super(typeof body.detail === "string" ? body.detail : `the studio answered ${status}`);
  }
}

async function answer<T>(sent: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await sent;
  } catch {
    throw new Refused(0, { detail: "The studio does not answer; is it still running in the terminal?" });
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body);
  return body as T;
}

export function get<T>(url: string): Promise<T> {
  return answer<T>(fetch(url));
}

export function post<T>(url: string, body: unknown = {}): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return answer<T>(fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** What the page carries for its script: a JSON block, which a browser never runs. */
export function pageData<T>(id: string): T | null {
  const block = document.getElementById(id);
  return block ? (JSON.parse(block.textContent ?? "null") as T) : null;
}

export function say(element: HTMLElement, error: unknown): void {
  element.textContent = error instanceof Error ? error.message : String(error);
}
