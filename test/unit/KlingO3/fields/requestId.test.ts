import { requestIdOf } from '../../../../nodes/KlingO3/fields/requestId';

describe('The request ID', () => {
	it.each([
		['plain text', 'abc', 'abc'],
		['text with spaces', ' abc\n', 'abc'],
		['a number', 17, '17'],
		['chosen from the list', { __rl: true, mode: 'list', value: 'abc' }, 'abc'],
		['entered', { __rl: true, mode: 'id', value: ' abc ' }, 'abc'],
		['entered over an older value', { __rl: true, mode: '', value: 'abc' }, 'abc'],
		['a number of an expression', { __rl: true, mode: 'id', value: 17 }, '17'],
		['nothing', '', ''],
		['nothing chosen', { __rl: true, mode: 'list', value: '' }, ''],
		['nothing at all', undefined, ''],
		['null', null, ''],
		['an expression without a result', { __rl: true, mode: 'id', value: undefined }, ''],
		['a whole item', { requestId: 'abc' }, ''],
	])('is read from %s', (_name, value, expected) => expect(requestIdOf(value)).toBe(expected));
});
