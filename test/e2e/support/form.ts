/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** n8n's forms over HTTP, as the scripts in their pages use them. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
const LOOK_FOR_MS = 60_000;

/** What a form's page asks for: the name that each label's field is sent under. */
export interface FormPage {
	url: string;
	html: string;
	names: Map<string, string>;
}

/** Asks until there is an answer that will do; n8n tells nobody when a form is there. */
async function ask(url: string, isDone: (answer: Response) => Promise<boolean>): Promise<Response> {
	const deadline = Date.now() + LOOK_FOR_MS;
	for (;;) {
		const answer = await fetch(url);
		if (await isDone(answer.clone())) return answer;
		if (Date.now() > deadline) {
			throw new Error(`${url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
		}
		await sleep(LOOK_EVERY_MS);
	}
}

/** Opens a form, as soon as it is there. */
export async function openForm(url: string): Promise<FormPage> {
	const html = await (await ask(url, async ({ ok }) => ok)).text();
	const labels = html.matchAll(/<label[^>]*\sfor='([^']+)'[^>]*>([^<]*)<\/label>/g);
	return { url, html, names: new Map([...labels].map(([, name, label]) => [label.trim(), name])) };
}

/** Sends a form with a value for each label, and gives what the page's script reads. */
export async function submitForm(
	{ url, names }: FormPage,
	values: Record<string, string | File>,
): Promise<{ formWaitingUrl?: string }> {
	const body = new FormData();
	for (const [label, value] of Object.entries(values)) {
		const name = names.get(label);
		if (!name) throw new Error(`The form at ${url} has no field "${label}".`);
		body.append(name, value);
	}
	const answer = await fetch(url, { method: 'POST', body });
	const text = await answer.text();
	if (!answer.ok) throw new Error(`The form at ${url} answered ${answer.status}: ${text}`);
	return (text ? JSON.parse(text) : {}) as { formWaitingUrl?: string };
}

/** Waits for the page that follows a form, and gives its HTML; opened, it ends the execution. */
export async function nextPage(formWaitingUrl: string): Promise<string> {
	const status = new URL(formWaitingUrl);
	status.pathname += '/n8n-execution-status';
	await ask(status.href, async (answer) => {
		const text = (await answer.text()).trim();
		if (['canceled', 'crashed', 'error', 'null'].includes(text)) {
			throw new Error(`The execution behind the form is "${text}".`);
		}
		return text === 'form-waiting';
	});
	const html = await (await fetch(formWaitingUrl)).text();
	const ended = await fetch(formWaitingUrl, { method: 'POST' });
	if (!ended.ok) throw new Error(`The last page's script was answered ${ended.status}.`);
	return html;
}
