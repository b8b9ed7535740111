import escapeHtml from 'escape-html';

import { balance, type AccountState } from '../account';
import type { RequestReport } from '../log';
import { SAMPLE_NAMES } from '../samples';
import { jobReports, type JobReport, type Service } from '../service';
import type { UploadReport } from '../tables';

const SHOWN_JOBS = 50;
const SHOWN_REQUESTS = 40;

/** Everything shown comes from callers. */
const text = (value: unknown): string => escapeHtml(String(value ?? ''));

const link = (url: string, label: string): string => `<a href="${text(url)}">${text(label)}</a>`;

/** A caller's URL becomes an address on the page only if it is a web address. */
const image = (url: unknown): string =>
	/^https?:\/\//i.test(String(url)) ? `<img src="${text(url)}" alt="" loading="lazy">` : '';

const time = (at: number): string => new Date(at).toISOString().slice(11, 19);

const table = (heads: string[], rows: string[][]): string =>
	rows.length === 0
		? '<p class="none">None yet.</p>'
		: `<table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows
				.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
				.join('')}</table>`;

const accountRow = (account: AccountState): string[] => [
	`<code>${text(account.key)}</code>`,
	`$${balance(account).toFixed(2)}`,
	`$${account.spent.toFixed(2)}`,
	account.requestsPerMinute === 0 ? 'unlimited' : `${account.requestsPerMinute} a minute`,
];

const jobRow = (job: JobReport): string[] => [
	job.videoUrl
		? `<video src="${text(job.videoUrl)}" controls muted preload="metadata"></video>`
		: image(job.body.image_url),
	`<b class="${job.status}">${job.status}</b><br>${time(job.createdAt)} ${job.api}<br>${text(job.model)}`,
	`${text(job.body.prompt)}${job.error ? `<br><em>${text(job.error)}</em>` : ''}`,
	`$${job.cost.toFixed(2)}${job.billed ? '' : '<br>not billed'}`,
	`<code>${text(job.requestId)}</code>${job.videoUrl ? `<br>${link(job.videoUrl, 'video')}` : ''}`,
];

const uploadRow = (upload: UploadReport): string[] => [
	image(upload.url),
	time(upload.at),
	text(upload.contentType),
	`${upload.bytes} bytes`,
	link(upload.url, 'file'),
];

const requestRow = (request: RequestReport): string[] => [
	time(request.at),
	request.origin,
	request.stage,
	`${text(request.method)} ${text(request.path)}`,
	request.status === undefined ? '–' : String(request.status),
	text(request.fault),
];

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1d2433}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #dde2ea}
img,video{width:11rem;border-radius:4px;background:#eef1f5}code{font-size:.85em}h2{margin-top:2.2rem}
.none{color:#778}.COMPLETED{color:#17733b}.FAILED,em{color:#b3261e}.QUEUED,.PROCESSING{color:#8a5a00}`;

/** Waits for a change, then renews the page's content, but never under a video that is playing. */
const SCRIPT = `let seen = Number(document.querySelector('main').dataset.version);
(async () => { for (;;) {
	try {
		const { version } = await (await fetch('/_sandbox/changes?after=' + seen)).json();
		if (version > seen && ![...document.querySelectorAll('video')].some((video) => !video.paused)) {
			const html = await (await fetch('/_sandbox')).text();
			document.querySelector('main').replaceWith(new DOMParser().parseFromString(html, 'text/html').querySelector('main'));
			seen = Number(document.querySelector('main').dataset.version);
		}
	} catch {}
	await new Promise((resolve) => setTimeout(resolve, 1000));
} })();`;

/** The page for people: accounts, jobs with their videos, uploads, latest requests. */
export function page(service: Service): string {
	const accounts = [...service.accounts.values()];
	const jobs = jobReports(service).slice(-SHOWN_JOBS).reverse();
	const uploads = accounts.flatMap((account) => account.uploads).slice(-SHOWN_JOBS);
	const requests = service.requests.slice(-SHOWN_REQUESTS).reverse();
	const samples = SAMPLE_NAMES.map((name) => link(`${service.urls.files}/samples/${name}`, name));
	return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Segmind sandbox</title><style>${STYLE}</style>
<main data-version="${service.changes.version}">
<h1>Segmind sandbox</h1>
<p>Gateway <code>${text(service.urls.gateway)}</code>, storage <code>${text(service.urls.storage)}</code>, files <code>${text(service.urls.files)}</code>, history <code>${text(service.urls.history)}</code>. Samples: ${samples.join(', ')}.</p>
<h2>Accounts</h2>${table(['Key', 'Balance', 'Spent', 'Rate limit'], accounts.map(accountRow))}
<h2>Jobs</h2>${table(['', 'Status', 'Prompt', 'Cost', 'Request'], jobs.map(jobRow))}
<h2>Uploads</h2>${table(['', 'At', 'Type', 'Size', ''], uploads.map(uploadRow))}
<h2>Latest requests</h2>${table(['At', 'Origin', 'Stage', 'Request', 'Status', 'Fault'], requests.map(requestRow))}
</main><script>${SCRIPT}</script></html>
`;
}
