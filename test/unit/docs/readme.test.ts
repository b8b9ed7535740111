/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** What the README and the guide say by hand of labels, operations and prices is what the code has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { SegmindApi } from '../../../credentials/SegmindApi.credentials';
import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import { DURATION } from '../../../nodes/KlingO3/fields/duration';
import { DEFAULT_CONCURRENCY } from '../../../nodes/KlingO3/fields/options/concurrency';
import { VIDEO_FORM } from '../../../nodes/KlingO3/fields/media/videoFile';
import { MODELS } from '../../../nodes/KlingO3/models';
import { imageToVideo } from '../../../nodes/KlingO3/models/imageToVideo';
import { estimate } from '../../../nodes/KlingO3/models/price';
import { PARK } from '../../../nodes/segmind/policy/park';

const ROOT = join(__dirname, '../../..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const guide = readFileSync(join(ROOT, 'docs/guide.md'), 'utf8');
const section = (heading: string, text = readme) =>
	text.split(/^## /m).find((part) => part.startsWith(heading))!;
const { description } = new KlingO3();
const credential = new SegmindApi();

interface Named {
	displayName?: string;
	name?: string;
	action?: string;
	options?: unknown[];
}

/** Labels of fields, options, choices and actions. */
function labelsOf(properties: Named[]): string[] {
	return properties.flatMap(({ displayName, name, action, options = [] }) => [
		...[displayName, name, action].filter((label): label is string => Boolean(label)),
		...labelsOf(options as Named[]),
	]);
}

const labels = new Set([
	description.displayName,
	credential.displayName,
	...labelsOf(description.properties),
	...labelsOf(credential.properties),
]);

const usd = (amount: number) => `$${amount.toFixed(2)}`;

describe('README.md', () => {
	it('is a front door: under 120 lines', () => {
		expect(readme.split('\n').length).toBeLessThan(120);
	});

	it.each([
		['Credential', 'Segmind API'],
		['Credential', 'Requests Per Minute'],
		['Your first video', 'Segmind Kling O3'],
		['Your first video', 'Generate video'],
		['Your first video', 'Image URL'],
		['Your first video', 'Image Source'],
		['Your first video', 'Binary File'],
		['Your first video', 'Prompt'],
		['Your first video', 'Mode'],
		['Your first video', 'Standard'],
	])('%s names %s as the panel does', (heading, label) => {
		expect(section(heading)).toContain(label);
		expect([...labels]).toContain(label);
	});

	it.each(['Duration', 'Max Cost Per Video', 'Max Cost Per Run'])(
		'names %s, whose unit the panel adds',
		(label) => {
			expect(readme).toContain(label);
			expect([...labels].some((full) => full.startsWith(`${label} (`))).toBe(true);
		},
	);

	it('names all operations', () => {
		const fields = description.properties.filter(({ name }) => name === 'operation');
		const names = fields.flatMap(({ options = [] }) => options.map(({ name }) => name));
		expect(names.filter((name) => !section('What it does').includes(`**${name}**`))).toEqual([]);
	});

	it('lists all operations in the guide and no other', () => {
		const listed = [...section('Operations', guide).matchAll(/^\| \w+ \| \*\*([\w ]+)\*\* \|/gm)];
		const fields = description.properties.filter(({ name }) => name === 'operation');
		const names = fields.flatMap(({ options = [] }) => options.map(({ name }) => name));
		expect(listed.map(([, name]) => name).sort()).toEqual(names.sort());
	});

	it('lists all models and no other, with what a second costs', () => {
		const rows = /^\| \*\*([^*]+)\*\* \|[^|]+\|([^|]+)\|/gm;
		const listed = [...section('What it does').matchAll(rows)];
		const labels = MODELS.map(({ label }) => label);
		expect(listed.map(([, label]) => label)).toEqual(labels);
		expect([...section('Models', guide).matchAll(rows)].map(([, label]) => label)).toEqual(labels);
		for (const [index, { rates }] of MODELS.entries()) {
			const prices = rates.map(({ usdPerSecond }) => usdPerSecond);
			for (const price of [Math.min(...prices), Math.max(...prices)]) {
				expect(listed[index][2]).toContain(`$${price}`);
			}
		}
	});

	it('has the prices that the node calculates with', () => {
		const costs = section('What it costs', guide);
		for (const { when, usdPerSecond } of MODELS.flatMap(({ rates }) => rates)) {
			const row = new RegExp(
				`^\\| ${when.mode === 'pro' ? 'Pro' : 'Standard'} \\|.*${usdPerSecond}`,
				'm',
			);
			expect(costs).toMatch(row);
		}
		const costOf = (seconds: number, mode: string) =>
			usd(estimate(imageToVideo, { mode, generateAudio: false }, seconds).usd);
		expect(costs).toContain(`5 seconds in Pro are about ${costOf(5, 'pro')}`);
		expect(readme).toContain(`5 seconds in Pro cost about ${costOf(5, 'pro')}`);
		const all = MODELS.flatMap(({ rates, longest }) =>
			rates.map(({ usdPerSecond }) => [usdPerSecond * DURATION.shortest, usdPerSecond * longest]),
		).flat();
		expect(readme).toContain(`A video costs ${usd(Math.min(...all))} to ${usd(Math.max(...all))}`);
		expect(section('Your first video')).toContain(costOf(3, 'std'));
	});

	it('the guide has the limits of the tables', () => {
		expect(section('Models', guide)).toContain(`Input videos are ${VIDEO_FORM}.`);
		expect(section('Long runs', guide)).toContain(`${PARK.mostItems} at most`);
	});

	it('says how many videos are made at once', () => {
		expect(DEFAULT_CONCURRENCY).toBe(50);
		expect(readme).toContain('up to 50 at the same time');
	});

	it('promises the n8n versions that are tested', () => {
		const versions = ['2.41.1', '1.100.1'];
		for (const version of versions) {
			expect(section('Install in n8n')).toContain(version);
			const manifest = join(__dirname, '../../../harness/install/n8n', version, 'package.json');
			expect(readFileSync(manifest, 'utf8')).toContain(`"n8n": "${version}"`);
		}
	});
});
