import type { IDataObject } from 'n8n-workflow';

import {
	outputProperties,
	shapeOf,
	type Shape,
} from '../../../../nodes/KlingO3/fields/options/output';

describe('How much the output has', () => {
	it.each([
		['by default', {}, 'simplified'],
		['with Simplify off', { simplify: false }, 'all'],
		['with Simplify off as text', { simplify: 'false' }, 'all'],
		['with what is for agents', { output: 'raw' }, 'simplified'],
	] as Array<[string, IDataObject, Shape]>)('%s', (_what, options, shape) => {
		expect(shapeOf(options, false)).toEqual(shape);
	});

	it.each([
		['by default', {}, 'simplified'],
		['raw', { output: 'raw' }, 'all'],
		['with a word that does not exist', { output: 'everything' }, 'simplified'],
		['with what is not for agents', { simplify: false }, 'simplified'],
		['of chosen fields', { output: 'selectedFields' }, ['requestId', 'status', 'videoUrl']],
		[
			'of other fields',
			{ output: 'selectedFields', outputFields: ['cost'] },
			['requestId', 'cost'],
		],
		[
			'of fields as an expression gives them',
			{ output: 'selectedFields', outputFields: 'cost, mode' },
			['requestId', 'cost', 'mode'],
		],
		['of none', { output: 'selectedFields', outputFields: [] }, ['requestId']],
	] as Array<[string, IDataObject, Shape]>)('for an agent %s', (_what, options, shape) => {
		expect(shapeOf(options, true)).toEqual(shape);
	});

	it('names its fields as people do, in alphabetical order, without the one that is always there', () => {
		const [, fields] = outputProperties(['requestId', 'videoUrl', 'mimeType', 'cost']);
		expect(fields.options).toEqual([
			{ name: 'Cost', value: 'cost' },
			{ name: 'MIME Type', value: 'mimeType' },
			{ name: 'Video URL', value: 'videoUrl' },
		]);
	});
});
