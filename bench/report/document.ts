/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The document and its charts, from the numbers of a run and nothing else. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { contenders, DEFAULT_CONCURRENCY, type ContenderId } from '../lab';
import type { Limited } from '../limits';
import type { Measured } from '../measure';
import type { Bill, MoneyRow } from '../money';
import type { PartRecord, Records } from '../records';
import type { Misfortune } from '../services';
import type { BenchSettings, Part } from '../settings';
import { RECORDED } from '../records';
import type { StartRecord } from '../start';
import { barChart, timeChart } from './chart';
import { count, fineSeconds, megabytes, seconds, table, times } from './format';
import { find, growthGoals, limitGoals, memoryGoals, speedGoals, type Verdict } from './goals';

/** Growth below this is noise, and no base of a ratio (bytes). */
const SMALLEST_GROWTH = 5e6;
const SMALLEST_SECONDS = 0.05;

const MISFORTUNE_NAMES: Record<Misfortune, string> = {
	rejected: 'rejected at the submit (400)',
	failed: 'its job failed',
	'bad-gateway': 'one 502 on a status call',
	cut: 'one cut download',
};

const nameOf = (id: string) => contenders[id as ContenderId].name;

const runName = ({ contender, store }: Measured) =>
	nameOf(contender) + (store === 'database' ? ', files in the database' : '');

/** With the range, where there were several rounds. */
function growthText({ growth, growths }: Measured): string {
	const [least, most] = [Math.min(...growths), Math.max(...growths)];
	const range = growths.length > 1 ? `, ${megabytes(least)} to ${megabytes(most)}` : '';
	return `${megabytes(growth)}${range}`;
}

function measuredTable(runs: Measured[]): string {
	const base = find(runs, 'ours');
	const cell = (text: string, value: number, of: number, smallest: number) =>
		`${text} (${times(value, of, smallest)})`;
	return table(
		[
			'',
			'Wall time',
			'Requests per job',
			'Detection delay: mean, longest',
			'Peak memory growth',
			'over',
		],
		runs.map((run) => [
			runName(run),
			cell(seconds(run.seconds), run.seconds, base.seconds, SMALLEST_SECONDS),
			cell(count(run.requestsPerJob), run.requestsPerJob, base.requestsPerJob, SMALLEST_SECONDS),
			`${cell(fineSeconds(run.delay.mean), run.delay.mean, base.delay.mean, SMALLEST_SECONDS)}, ${fineSeconds(run.delay.longest)}`,
			cell(growthText(run), run.growth, base.growth, SMALLEST_GROWTH),
			megabytes(run.baseline),
		]),
	);
}

function growthTable(runs: Measured[]): string {
	return table(
		[
			'Items',
			'Wall time',
			'Time per item',
			"n8n's processor time per item",
			'Peak memory growth',
			'per item',
			'Kept after the run',
		],
		runs.map(({ items, seconds: wall, cpu, growth, kept }) => [
			count(items),
			seconds(wall),
			fineSeconds(wall / items),
			`${Math.round((cpu / items) * 1000)} ms`,
			megabytes(growth),
			`${(growth / items / 1e6).toFixed(2)} MB`,
			megabytes(kept),
		]),
	);
}

const rowName = ({ items, perMinute, concurrency, isLearnt }: Limited['row']) =>
	`${items} at ${perMinute} a minute${concurrency ? `, Concurrency ${concurrency}` : ''}${isLearnt ? ', after ten of its kind' : ''}`;

/** Whoever lost videos has no delay: its execution ended before the jobs did. */
const isComplete = ({ videos, row }: Limited) => videos === row.items;

function limitTable(runs: Limited[]): string {
	return table(
		[
			'Videos',
			'By',
			'Wall time',
			'Slowest job',
			'Ratio',
			'Delay: mean, median, longest',
			'Calls per job',
			'Refused (429)',
			'Videos that came out',
		],
		runs.map((run) => [
			rowName(run.row),
			nameOf(run.contender),
			seconds(run.seconds),
			...(isComplete(run)
				? [
						seconds(run.limit),
						times(run.seconds, run.limit, SMALLEST_SECONDS),
						[run.delay.mean, run.delay.median, run.delay.longest].map(seconds).join(', '),
					]
				: ['–', '–', '–']),
			count(run.callsPerJob),
			count(run.refused),
			count(run.videos),
		]),
	);
}

/** Seconds of a column of the chart. */
const COLUMN = 5;

/** Seconds, of 50 jobs of 190 to 250 s at 50 requests a minute; test/unit/schedule/goals.test.ts holds it. */
const LEAST_MEAN = 26.7;

const isOurs = ({ contender }: { contender: string }) => contender === 'ours';

/** Requests over time of the largest batch. */
function requestChart(runs: Limited[]): string {
	const [largest] = runs.filter(isOurs).sort((a, b) => b.row.items - a.row.items);
	const kinds = ['submit', 'status', 'result', 'download'] as const;
	const columns = Array.from({ length: Math.ceil(largest.seconds / COLUMN) + 1 }, (_, index) => {
		const from = index * COLUMN;
		const own = largest.requests.filter(({ at }) => at >= from && at < from + COLUMN);
		return { from, counts: kinds.map((kind) => own.filter((each) => each.kind === kind).length) };
	});
	const title = `Requests of ${largest.row.items} videos at ${largest.row.perMinute} a minute`;
	return timeChart(title, [...kinds], columns, `requests in ${COLUMN} s`);
}

const billText = (bill: Bill | undefined) =>
	bill ? `${bill.paid} paid, ${bill.videos} videos, ${bill.ids} IDs` : 'not needed';

function moneyTable(rows: MoneyRow[]): string {
	return table(
		['', 'One item', 'Default settings', 'then Retry in the executions list', 'Retry On Fail'],
		rows.map(({ contender, misfortune, plain, retried, retryOnFail }) => [
			nameOf(contender),
			MISFORTUNE_NAMES[misfortune],
			billText(plain),
			billText(retried),
			billText(retryOnFail),
		]),
	);
}

const goalTable = (verdicts: Verdict[]) =>
	table(
		['Goal', 'Found', ''],
		verdicts.map(({ goal, found, passed }) => [goal, found, passed ? 'met' : '**not met**']),
	);

function bars(runs: Measured[], value: (run: Measured) => number, unit: string) {
	return [...runs]
		.sort((a, b) => value(a) - value(b))
		.map((run) => ({
			label: runName(run),
			value: value(run),
			text: `${Math.round(value(run))} ${unit}`,
			isOurs: run.contender === 'ours',
		}));
}

function charts({ all, batch, limits, memory }: Records): Record<string, string> {
	const [{ settings, n8n }] = all;
	const { items, jobSeconds, videoMegabytes } = settings;
	const heavy = (memory.length ? memory : batch).filter(({ store }) => store === 'filesystem');
	const [files, size] = settings.large
		? [settings.large.items, settings.large.videoMegabytes]
		: [items, videoMegabytes];
	return {
		'benchmark-requests.svg': requestChart(limits),
		'benchmark-time.svg': barChart(
			`${items} videos: seconds until all files are there`,
			`n8n ${n8n}, each job takes ${jobSeconds} s. Shorter is better.`,
			bars(batch, (run) => run.seconds, 's'),
		),
		'benchmark-memory.svg': barChart(
			`${files} videos of ${size} MB: growth of n8n's peak memory`,
			`n8n ${n8n}, binary data in files. Shorter is better.`,
			bars(heavy, (run) => run.growth / 1e6, 'MB'),
		),
	};
}

const PART_NAMES: Record<Part, string> = {
	batch: 'The batch',
	limits: "At the plans' limits",
	growth: 'Growth',
	memory: 'Large files',
	money: 'Money',
};

/** When and where a part was measured. */
function recordLine({ part, date, minutes, machine, measured }: PartRecord): string {
	const ours = part === 'limits' ? (measured as Limited[]).filter(isOurs) : [];
	const rows = ours.length > 0 ? ` (${ours.map(({ row }) => rowName(row)).join('; ')})` : '';
	const since = `${date.slice(0, 10)} at ${date.slice(11, 16)} UTC`;
	return `${PART_NAMES[part]}${rows}: ${since}, ${minutes.toFixed(0)} minutes, load average ${machine.load.toFixed(1)} before.`;
}

function settingsList({ all }: Records): string {
	const [{ settings, machine, n8n, node }] = all;
	const { growth, large, money } = settings;
	return [
		`- n8n ${n8n} on Node ${node.replace('v', '')}: regular mode, SQLite, binary data in files (\`filesystem\`), every execution saved. The services it talks to run on the same machine and share its processor.`,
		`- ${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 1e9).toFixed(0)} GB of memory, ${machine.system}. Other work ran beside all parts but _Large files_: a load above the number of cores makes whatever computes slower. At the limits of the plans everybody waits nearly all the time, so some of those rows were measured at the same time, each in its own n8n.`,
		...all.map((record) => `- ${recordLine(record)}`),
		`- Batch: ${settings.items} items, jobs of ${settings.jobSeconds} s, videos of ${settings.videoMegabytes} MB, Wait nodes of ${settings.waitSeconds} s (the MiniMax node's own interval), ${settings.requestsPerMinute} requests a minute in our credential.`,
		`- Money: ${settings.items} items, jobs of ${money.jobSeconds} s (in MiniMax's mock done at once, because its node would look again only 15 s later), Wait nodes of ${money.waitSeconds} s; item ${money.failingItem} has the misfortune. Retry On Fail has n8n's defaults, and is set on every node that talks to the service.`,
		`- Growth: jobs of ${growth.jobSeconds} s, Concurrency ${growth.concurrency}, ${count(growth.requestsPerMinute)} requests a minute in the credential.`,
		large
			? `- Large files: ${large.items} videos of ${large.videoMegabytes} MB, jobs of ${large.jobSeconds} s, Wait nodes of ${large.waitSeconds} s.`
			: '- Large files: left out in this run.',
	].join('\n');
}

const largeNotes = ({ large }: BenchSettings) =>
	`Where a growth has a range, the row is the median of ${large?.rounds} rounds, and the range its least and most: Node collects the memory of what it has streamed only now and then, so about 30 MB of it are chance. With its files in the database (the default of queue mode) n8n holds each file in memory as a whole, and more than once while it is written: that costs about as much for our node, which downloads two at a time, as for the fan-out. Give such an n8n more memory, or set Download Video to off and pass the URL on.`;

/** The largest batch beside the earlier commit, where `--part growth --tarball` of that one was put into `before`. */
function itemCost(folder: string, growth: Measured[]): string {
	const file = join(folder, 'before', 'growth.json');
	if (!existsSync(file)) return '';
	const { measured } = JSON.parse(readFileSync(file, 'utf8')) as PartRecord<'growth'>;
	const [before, now] = [measured.at(-1)!, growth.at(-1)!];
	const cost = ({ cpu, items }: Measured) => `${((cpu / items) * 1000).toFixed(1)} ms`;
	return `With ${count(now.items)} items n8n's processor time per item is ${cost(now)}, and was ${cost(before)} with that commit (${times(now.cpu, before.cpu, SMALLEST_SECONDS)}); the peak memory growth is ${megabytes(now.growth)}, and was ${megabytes(before.growth)} (${times(now.growth, before.growth, SMALLEST_GROWTH)}).\n\n`;
}

/** Written by `start.ts`; empty where it never ran. */
function startPartOf(folder: string, growth: Measured[]): string {
	const file = join(folder, 'start.json');
	if (!existsSync(file)) return '';
	const { before, date, rounds, load, milliseconds } = JSON.parse(
		readFileSync(file, 'utf8'),
	) as StartRecord;
	const ratio = milliseconds.now / milliseconds.before;
	return `## Start

${table(
	['Processor time to load the node', 'ms', 'Ratio'],
	[
		[`Commit ${before}`, milliseconds.before.toFixed(1), '× 1.00'],
		['This one', milliseconds.now.toFixed(1), `× ${ratio.toFixed(2)}`],
	],
)}

${itemCost(folder, growth)}The median of ${rounds} fresh processes of each, in turn, on ${date.slice(0, 10)} at a load average of ${load.toFixed(1)}. n8n loads every node when it starts; what this one does is loaded when it is used.

`;
}

function text(records: Records, queuePart: string, startPart: string): string {
	const { all, batch, limits, growth, memory, money } = records;
	const [{ settings, n8n }] = all;
	const { items } = settings;
	const verdicts = [
		...speedGoals(batch),
		...limitGoals(limits, rowName),
		...(memory.length ? memoryGoals(memory) : []),
		...growthGoals(growth),
	];
	return `# Benchmark

${settings.quick ? '**A trial with short jobs (`--quick`), not the recorded run.**\n' : ''}
Written by \`npm run bench\`; every number was measured by it. Four ways to make videos of images, on the same work in the same real n8n ${n8n}:

- **Segmind Kling O3**: this package's node, with its default options: up to ${DEFAULT_CONCURRENCY} items are under way at once.
- **n8n's MiniMax node**: image to video, version 1.2 with its default model, against a mock that speaks its protocol, takes the same time for a job and serves the same files.
- **By hand, as a loop**: HTTP Request (submit), Wait, HTTP Request (status), IF, HTTP Request (result), HTTP Request (download) inside Loop Over Items.
- **By hand, as a fan-out**: the same nodes without the loop; the HTTP Request node sends all items at once.

The first, third and fourth talk to this repository's sandbox of Segmind. No request leaves the machine.

![Seconds for the batch](images/benchmark-time.svg)

![Peak memory growth](images/benchmark-memory.svg)

## Goals

${goalTable(verdicts)}

## The batch

${measuredTable(batch)}

In parentheses: times our node's value with default options. *Wall time* is from the call of the webhook to its answer. *Requests* are submit, status, result and download. *Detection delay* is from the end of a job to the first status call whose answer says so. *Peak memory growth* is n8n's largest resident size during the batch over its resident size before: for each row n8n was started afresh, one item was run, and garbage was collected until the size was stable. That size stands under _over_: what one item left behind makes it differ, so look at the sum, too. Each row of this table was measured once; with files of this size, what garbage happens to lie about when n8n's peak is reached outweighs them.

How long a job takes decides who is lucky: who looks every 15 s notices a job of 60 s at once and one of 61 s after 14 s.${settings.quick ? '' : ` ${settings.jobSeconds} s is the middle of such an interval, so the delay is its mean.`} Our node asks when a job is likely done: it learns from the videos that it has seen.

## At the plans' limits

${limitTable(limits)}

![Requests over time](images/benchmark-requests.svg)

The service refuses what is above the limit, in windows of a minute. Jobs take ${settings.limits.jobSeconds} to ${settings.limits.jobSeconds + settings.limits.spreadSeconds} s, each another part of that. *Slowest job* is from the call of the webhook to the end of the last job: no one can be faster. *Delay* is from the end of a job to the first call whose answer says so. For each row n8n was started afresh, so no job of the kind was seen before, unless the row says so. The MiniMax node makes one video after the other, so it is there for one video only. The fan-out knows no limit: a request that is refused ends its execution. _After ten of its kind_ is one video, so its delay is one sample and no mean.

50 videos that are submitted at once end within a minute, in which 50 requests are allowed: one for each. A request that comes too early is missing when the end comes. No schedule that does not know the ends themselves can have a mean delay below ${LEAST_MEAN} s there, which \`test/unit/schedule/support/bound.ts\` computes; half of the delays are longer than 25 s then.

## Large files

${memory.length ? `${measuredTable(memory)}\n\n${largeNotes(settings)}` : 'Left out in this run.'}

## Money: one item of ${items} has a misfortune

${moneyTable(money)}

*Paid* are jobs that the service finished and bills, those that nobody waited for included. *Videos* are files in the outputs of the execution, that of the retry where there was one; a loop that failed still holds those of its finished rounds. *IDs* are the request IDs of paid jobs that stand in the outputs and errors of the executions: with one, a paid video can still be fetched. The prompt that is rejected is rejected each time; the other misfortunes happen once. "Not needed": the execution had succeeded.

## Growth

${growthTable(growth)}

The node handles ${settings.growth.concurrency} items at a time here, so ten items are one full round, and the time per item at ${count(growth.at(-1)!.items)} items can be compared with that at 10. *Kept after the run* is what was left of the growth after garbage collection.

${startPart}## Queue mode, parked

${queuePart}

## Settings

${settingsList(records)}

## Run it

\`\`\`bash
npm run bench             # all of it; on Linux, because it reads the memory from /proc
npm run bench -- --quick  # short jobs, no large files; leaves this document alone
npm run bench -- --part memory  # one part; the others stay as they are recorded in bench/recorded
npm run bench -- --queue  # the part about queue mode alone; about two hours
\`\`\`
`;
}

/** What another run wrote, see `queue.ts`. */
function queuePartOf(file: string): string {
	const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
	return (
		/<!-- queue -->[^]*<!-- end of queue -->/.exec(before)?.[0] ??
		'<!-- queue --><!-- end of queue -->'
	);
}

/**
 * Writes `benchmark.md` and its charts.
 * @param folder gets the document, and the charts in `images`
 * @returns the document's path
 */
export async function writeDocument(records: Records, folder: string): Promise<string> {
	const images = join(folder, 'images');
	mkdirSync(images, { recursive: true });
	for (const [name, svg] of Object.entries(charts(records))) writeFileSync(join(images, name), svg);
	const file = join(folder, 'benchmark.md');
	const style = await resolveConfig(__filename);
	writeFileSync(
		file,
		await format(text(records, queuePartOf(file), startPartOf(RECORDED, records.growth)), {
			...style,
			parser: 'markdown',
		}),
	);
	return file;
}
