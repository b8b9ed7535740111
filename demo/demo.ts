/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
/** `npm run demo`: a real n8n makes a video with this node. */
import { once } from 'node:events';
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { OWNER } from '../harness/api';
import type { N8nVersion } from '../harness/install';
import type { Workflow } from '../harness/n8n';
import { MODELS } from '../nodes/KlingO3/models';
import { imageToVideo } from '../nodes/KlingO3/models/imageToVideo';
import type { Model } from '../nodes/KlingO3/models/model';
import { estimate, isLengthInPanel, usd } from '../nodes/KlingO3/models/price';
import { probe } from '../sandbox/render/probe';
import { terminalReporter } from './console';
import { CRASH_PROMPTS, runCrash } from './crash';
import { firstVideo } from './firstVideo';
import { inputOf, known, modelCalled } from './orders';
import { runDemo, type DemoResult, type Order } from './run';
import { realService } from './service';

export { runDemo, type DemoOptions, type DemoResult } from './run';

const USAGE = `npm run demo -- [options]
  --model text2video   another model: ${MODELS.map(({ name }) => name.replace(/^kling-o3-/, '')).join(', ')}
  --open               leave n8n running afterwards, with a workflow for your own videos in its editor
  --version 1.100.1    the other n8n that is tested; the default is 2.41.1
  --crash              kill n8n while three videos are being made, start it again, and see what was paid
  --yes                do not ask before spending money (only with SEGMIND_API_KEY set)
With SEGMIND_API_KEY set, the video is ordered from the real Segmind and paid.`;

const VERSIONS: N8nVersion[] = ['2.41.1', '1.100.1'];
/** The cheapest video there is, for whoever pays real money. */
const CHEAPEST = { duration: '3', mode: 'std', generateAudio: false } as const satisfies Order;
const REFUSED = 2;

interface Arguments {
	open: boolean;
	crash: boolean;
	yes: boolean;
	version: N8nVersion;
	model: Model;
}

function readArguments(): Arguments {
	const { values } = parseArgs({
		options: {
			open: { type: 'boolean', default: false },
			crash: { type: 'boolean', default: false },
			yes: { type: 'boolean', default: false },
			version: { type: 'string', default: VERSIONS[0] },
			model: { type: 'string', default: imageToVideo.name },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		console.log(USAGE);
		process.exit(0);
	}
	const version = VERSIONS.find((known) => known === values.version);
	if (!version) throw new Error(`--version must be ${VERSIONS.join(' or ')}.`);
	const model = modelCalled(values.model!);
	if (!model) throw new Error(`--model must be ${MODELS.map(({ name }) => name).join(' or ')}.`);
	return { open: values.open!, crash: values.crash!, yes: values.yes!, version, model };
}

/** Seconds of the demo's video: where the order does not say them, it is as long as its input. */
async function secondsOf(model: Model): Promise<number> {
	const file = inputOf(model).input?.file;
	if (isLengthInPanel(model) || !file) return Number(CHEAPEST.duration);
	return Math.round((await probe(file)).durationSeconds);
}

/** @returns whether real money may be spent; never without a person or `--yes` */
async function mayPay(model: Model, yes: boolean): Promise<boolean> {
	const seconds = await secondsOf(model);
	const price = usd(estimate(model, known(model, CHEAPEST), seconds).usd);
	console.log(
		`SEGMIND_API_KEY is set: the video (${model.label}, ${seconds} s, ${CHEAPEST.mode}) will be ordered from the ` +
			`real Segmind and costs about ${price}.`,
	);
	if (yes) return true;
	if (!process.stdin.isTTY) {
		console.log(
			'There is no terminal to ask on. Add --yes to pay, or unset SEGMIND_API_KEY for the free sandbox.',
		);
		return false;
	}
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	const answer = await terminal.question(`Order it and pay about ${price}? [y/N] `);
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}

function summary({ file, size, media, output, service }: DemoResult): string {
	const money = (usd: unknown) => (typeof usd === 'number' ? `$${usd.toFixed(2)}` : 'unknown');
	const play = service.sandbox ? ' (play money)' : '';
	return [
		'',
		`Video:    ${relative(process.cwd(), file)}`,
		`Size:     ${(size / 1e6).toFixed(2)} MB, ${media.width} x ${media.height}`,
		`Duration: ${media.durationSeconds.toFixed(1)} s`,
		`Audio:    ${media.hasAudio ? 'yes' : 'no'}`,
		`Cost:     ${money(output.cost)}, estimated ${money(output.estimatedCost)}${play}`,
		'',
	].join('\n');
}

const NEXT = `Try next:
  npm run demo -- --model text2video       a video of nothing but a text
  npm run demo -- --open                   make your own videos in n8n's editor
  npm run demo -- --version 1.100.1        the same in the oldest supported n8n
  SEGMIND_API_KEY=… npm run demo           the real service (asks before it pays)`;

/** What `--open` shows in the editor: a workflow to try things with where they cost nothing, else the demo's own. */
async function workflowToOpen(
	{ n8n, workflow, service }: DemoResult,
	model: Model,
): Promise<Workflow> {
	if (!service.sandbox) return workflow;
	return await n8n.api.addWorkflow(firstVideo(model, `${service.sandbox.filesUrl}/samples`));
}

/** Keeps n8n and the sandbox running until Ctrl+C. */
async function stayOpen(demo: DemoResult, model: Model): Promise<void> {
	const { n8n, workflow, service, close } = demo;
	const opened = await workflowToOpen(demo, model);
	console.log(
		[
			'n8n is running. Open this address in your browser:',
			'',
			`  ${n8n.url}/workflow/${opened.id}`,
			'',
			`  Email     ${OWNER.email}`,
			`  Password  ${OWNER.password}`,
			'',
			...(service.sandbox
				? [
						'Press "Execute workflow" there, and some seconds later double-click the node "Segmind Kling O3":',
						'its video is on the right, under Binary, View.',
						`What was ordered and charged, in play money: ${service.sandbox.gatewayUrl}/_sandbox`,
					]
				: ['Every run in it costs real money.']),
			`The video from above is in the workflow "${workflow.name}", on the tab Executions.`,
			'',
			'Ctrl+C ends everything.',
		].join('\n'),
	);
	const keepAlive = setInterval(() => {}, 60_000);
	await Promise.race(['SIGINT', 'SIGTERM'].map(async (signal) => await once(process, signal)));
	// A second Ctrl+C must not cut the orderly end short.
	process.on('SIGINT', () => {});
	clearInterval(keepAlive);
	console.log('\nStopping n8n …');
	await close();
}

/** Tells in plain words what a crash has cost. */
async function showCrash(version: N8nVersion): Promise<void> {
	const { atKill, jobs, files } = await runCrash({ version, report: terminalReporter() });
	const usd = (amount: number) => `$${amount.toFixed(2)}`;
	const fileOf = (prompt: unknown) => files[CRASH_PROMPTS.indexOf(String(prompt))];
	console.log(
		[
			'',
			`When n8n was killed, ${atKill.length} videos were being made. After Retry:`,
			...jobs.map(
				({ requestId, body, cost }) =>
					`  ${String(body.prompt)}: 1 job (${requestId}), 1 bill of ${usd(cost)}, ${relative(process.cwd(), fileOf(body.prompt))}`,
			),
			`${files.length} videos, ${jobs.length} jobs, one bill each (play money).`,
			'',
		].join('\n'),
	);
}

async function main(): Promise<void> {
	const { open, crash, yes, version, model } = readArguments();
	// A crash costs nothing: it always happens in the sandbox, with pictures.
	if (crash) return await showCrash(version);
	const apiKey = process.env.SEGMIND_API_KEY;
	if (apiKey && !(await mayPay(model, yes))) {
		process.exitCode = REFUSED;
		return;
	}
	const result = await runDemo({
		version,
		model,
		report: terminalReporter(),
		...(apiKey && { service: realService(apiKey), order: CHEAPEST }),
	});
	console.log(summary(result));
	if (open) return await stayOpen(result, model);
	await result.close();
	console.log(NEXT);
}

// Imported by the tests for `runDemo`, which must not start the command.
if (require.main === module) {
	main().catch((error: Error) => {
		console.error(`\n${error.message}`);
		process.exitCode = 1;
	});
}
