/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * The tables in docs/ are what the code gives. `UPDATE_DOCS=1 npx jest test/unit/docs --selectProjects unit` writes
 * them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { INodeProperties } from 'n8n-workflow';

import { SegmindApi } from '../../../credentials/SegmindApi.credentials';
import { DETAILS, errorSections } from '../../../docs/reference/errors';
import { segmindNames } from '../../../docs/reference/fields';
import { parameterSections } from '../../../docs/reference/parameters';
import { withSections, type Sections } from '../../../docs/reference/sections';
import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import { MODELS } from '../../../nodes/KlingO3/models';
import { fieldsOf } from '../../../nodes/KlingO3/models/model';
import { unknownOutcome } from '../../../nodes/segmind/problems';
import { problemDetails } from '../../../nodes/segmind/run/errors';

const DOCS = join(__dirname, '../../../docs');
const { description } = new KlingO3();

const DOCUMENTS: Record<string, Sections> = {
	'parameters.md': parameterSections(description, new SegmindApi()),
	'errors.md': errorSections(),
};

describe.each(Object.entries(DOCUMENTS))('docs/%s', (name, sections) => {
	const file = join(DOCS, name);

	it('has the tables that the code gives (UPDATE_DOCS=1 writes them)', () => {
		const text = readFileSync(file, 'utf8');
		const current = withSections(text, sections);
		if (process.env.UPDATE_DOCS) writeFileSync(file, current);
		else expect(text).toBe(current);
	});
});

describe('The reference of parameters', () => {
	const { video, filters, asset, account, options } = parameterSections(
		description,
		new SegmindApi(),
	);
	const tables = [video, filters, asset, account, options].join('\n');

	it('has every field that has a value, and every option', () => {
		const named = (properties: INodeProperties[]): string[] =>
			properties.flatMap(({ name, type, options: inner }) =>
				type === 'collection'
					? named(inner as INodeProperties[])
					: ['notice', 'hidden'].includes(type)
						? []
						: [name],
			);
		const missing = named(description.properties).filter(
			(name) => !['resource', 'operation'].includes(name) && !tables.includes(`| \`${name}\` |`),
		);
		expect(missing).toEqual([]);
	});

	it('names for Segmind exactly the fields that a submit can have', () => {
		const names = segmindNames(MODELS);
		const known = MODELS.flatMap(fieldsOf).map(({ api }) => api.name);
		expect([...new Set(Object.values(names))].sort()).toEqual([...new Set(known)].sort());
		const unknown = Object.keys(names).filter((name) => !tables.includes(`\`${name}\``));
		expect(unknown).toEqual([]);
	});
});

describe('The reference of errors', () => {
	it('has every key that an error item can have', () => {
		const problem = {
			...unknownOutcome('no answer came in time', 0),
			status: 504,
			requestId: 'a',
			videoUrl: 'https://example.com/a.mp4',
			cost: 1.4,
			details: { getBefore: '2026-11-24 15:03 UTC', response: {} },
		};
		expect(Object.keys(DETAILS)).toEqual(Object.keys(problemDetails(problem)));
	});
});
