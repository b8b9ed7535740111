/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
/** `npm run demo`: a real n8n makes a video with this node. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, Option, program } from 'commander';
import { OWNER } from '../harness/drive/api';
import { VERSIONS, type N8nVersion } from '../harness/install';
import { untilStopped } from '../harness/run/process';
import { MODELS } from '../nodes/KlingO3/models';
import { imageToVideo } from '../nodes/KlingO3/models/imageToVideo';
import type { Model } from '../nodes/KlingO3/models/model';
import { estimate, isLengthInPanel, usd } from '../nodes/KlingO3/models/price';
import { probe } from '../sandbox/render/probe';
import { terminalReporter } from './console';
import { CRASH_PROMPTS, runCrash } from './crash';
import { firstVideo, inputOf, known, modelCalled } from './inputs';
import { runDemo, type DemoResult } from './run';
import { DEFAULT_VERSION, realService } from './stage';

/** The cheapest video, for users who pay real money. */
const CHEAPEST = { duration: '3', mode: 'std', generateAudio: false };
const REFUSED = 2;

interface Flags {
	model?: Model;
	open?: boolean;
	version: N8nVersion;
	crash?: boolean;
	yes?: boolean;
}

function readFlags(): Flags {
	const models = MODELS.map(({ name }) => name.replace(/^kling-o3-/, ''));
	const toModel = (name: string) => {
		const model = modelCalled(name);
		if (model) return model;
		throw new InvalidArgumentError(`It must be ${models.join(' or ')}.`);
	};
	const version = new Option('--version <n8n>', 'another n8n that is tested').choices(VERSIONS);
	return program
		.name('npm run demo --')
		.description('A real n8n makes a video with this node.')
		.option('--model <name>', `another model: ${models.join(', ')}`, toModel)
		.option('--open', 'keep n8n running, with a workflow for your own videos in its editor')
		.addOption(version.default(DEFAULT_VERSION))
		.option('--crash', 'kill n8n during three videos, start it again, and see what was paid')
		.option('--yes', 'do not ask before spending money (only with SEGMIND_API_KEY set)')
		.addHelpText(
			'after',
			'\nWith SEGMIND_API_KEY set, the video is submitted to the real Segmind, and you pay for it.',
		)
		.parse()
		.opts<Flags>();
}

/** The length of the demo's video (s): that of its input, if no field decides it. */
async function secondsOf(model: Model): Promise<number> {
	const file = inputOf(model).input?.file;
	if (isLengthInPanel(model) || !file) return Number(CHEAPEST.duration);
	return Math.round((await probe(file)).durationSeconds);
}

/** @returns whether the demo may spend real money. It never does without a person or `--yes` */
async function mayPay(model: Model, yes: boolean): Promise<boolean> {
	const seconds = await secondsOf(model);
	const price = usd(estimate(model, known(model, CHEAPEST), seconds).usd);
	console.log(
		`SEGMIND_API_KEY is set: the video (${model.label}, ${seconds} s, ${CHEAPEST.mode}) will be submitted to the ` +
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
	const answer = await terminal.question(`Submit it and pay about ${price}? [y/N] `);
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}

function summary({ file, media, output, service }: DemoResult): string {
	const money = (amount: unknown) => (typeof amount === 'number' ? usd(amount) : 'unknown');
	const play = service.sandbox ? ' (play money)' : '';
	return `
Video:    ${relative(process.cwd(), file)}
Size:     ${(statSync(file).size / 1e6).toFixed(2)} MB, ${media.width} x ${media.height}
Duration: ${media.durationSeconds.toFixed(1)} s
Audio:    ${media.hasAudio ? 'yes' : 'no'}
Cost:     ${money(output.cost)}, estimated ${money(output.estimatedCost)}${play}
`;
}

const NEXT = `Try next:
  npm run demo -- --model text2video       a video from a text
  npm run demo -- --open                   make your own videos in n8n's editor
  npm run demo -- --version 1.100.1        the same in the oldest supported n8n
  SEGMIND_API_KEY=… npm run demo           the real service (asks before it pays)`;

/**
 * Keeps n8n and the sandbox running until Ctrl+C. The editor has a workflow for own videos if they are free, otherwise
 * the demo's workflow.
 */
async function stayOpen({ n8n, workflow, service, close }: DemoResult, model: Model) {
	const { sandbox } = service;
	const { id } = sandbox
		? await n8n.api.addWorkflow(firstVideo(model, `${sandbox.filesUrl}/samples`))
		: workflow;
	const what = sandbox
		? `Press "Execute workflow" there, and some seconds later double-click the node "Segmind Kling O3":
its video is on the right, under Binary, View.
What was submitted and charged, in play money: ${sandbox.gatewayUrl}/_sandbox`
		: 'Every run in it costs real money.';
	console.log(`n8n is running. Open this address in your browser:

  ${n8n.url}/workflow/${id}

  Email     ${OWNER.email}
  Password  ${OWNER.password}

${what}
The video from above is in the workflow "${workflow.name}", on the tab Executions.

Ctrl+C ends everything.`);
	await untilStopped();
	console.log('\nStopping n8n …');
	await close();
}

/** Runs the crash and prints what it has cost. */
async function showCrash(version: N8nVersion): Promise<void> {
	const { atKill, jobs, files } = await runCrash({ version, report: terminalReporter() });
	const lines = jobs.map(({ requestId, body, cost }) => {
		const prompt = String(body.prompt);
		const file = relative(process.cwd(), files[CRASH_PROMPTS.indexOf(prompt)]);
		return `  ${prompt}: 1 job (${requestId}), 1 bill of ${usd(cost)}, ${file}`;
	});
	console.log(`
When n8n was killed, ${atKill.length} videos were being made. After Retry:
${lines.join('\n')}
${files.length} videos, ${jobs.length} jobs, one bill each (play money).
`);
}

async function main(): Promise<void> {
	const { open, crash, yes = false, version, model = imageToVideo } = readFlags();
	// The crash is free: it always uses the sandbox, and pictures.
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
		...(apiKey && { service: realService(apiKey), values: CHEAPEST }),
	});
	console.log(summary(result));
	if (open) return await stayOpen(result, model);
	await result.close();
	console.log(NEXT);
}

main().catch((error: Error) => {
	console.error(`\n${error.message}`);
	process.exitCode = 1;
});
