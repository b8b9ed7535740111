import { durationProblem } from '../../../../nodes/KlingO3/fields/duration';
import { IMAGE } from '../../../../nodes/KlingO3/fields/media/imageFile';
import { urlProblem } from '../../../../nodes/KlingO3/fields/media/read';
import { promptProblem as problemOfPrompt } from '../../../../nodes/KlingO3/fields/prompt';
import { readSegments, segmentsProblem } from '../../../../nodes/KlingO3/fields/shots';
import { readJsonObject } from '../../../../nodes/KlingO3/fields/text';

const imageUrlProblem = (field: string, url: unknown) => urlProblem(IMAGE, field, url);
const promptProblem = (prompt: unknown) => problemOfPrompt(prompt, 'Prompt is empty');

const segment = (duration: number, prompt = 'clouds') => ({ prompt, duration });
const times = (count: number, duration: number) =>
	Array.from({ length: count }, () => segment(duration));

describe('The prompt', () => {
	it.each(['', '   ', '\n', undefined, null, 5, {}])('must not be empty: %p', (prompt) => {
		expect(promptProblem(prompt)).toMatch(/^Prompt is empty/);
	});

	it('has up to 2,500 characters', () => {
		expect(promptProblem('x'.repeat(2500))).toBeUndefined();
		expect(promptProblem('x'.repeat(2501))).toMatch(/^Prompt .*2501.*2500/);
	});
});

describe('The image URL', () => {
	it.each([
		'https://example.com/a.png',
		'http://example.com/a.png',
		' https://example.com/a.png ',
		'HTTPS://EXAMPLE.COM/A.PNG',
		'data:image/png;base64,iVBORw0KGgo=',
		'data:image/jpeg;base64,/9j/4AAQ',
		'DATA:IMAGE/WEBP;BASE64,AAAA',
	])('may be %p', (url) => {
		expect(imageUrlProblem('Image URL', url)).toBeUndefined();
	});

	it.each([
		['nothing', ''],
		['white space', '  '],
		['undefined', undefined],
		['an object', { url: 'https://example.com' }],
		['a word', 'mountain.jpg'],
		['a host without a scheme', 'example.com/a.png'],
		['an address without a host', 'https://'],
		['ftp', 'ftp://example.com/a.png'],
		['a file', 'file:///etc/passwd'],
		['a script', 'javascript:alert(1)'],
		['a data URL of text', 'data:text/html;base64,AAAA'],
		['a data URL that is not base64', 'data:image/svg+xml,<svg/>'],
		['a data URL with nothing in it', 'data:image/png;base64,'],
		['a data URL with other characters', 'data:image/png;base64,%%%'],
	])('must not be %s, and its field is named', (_what, url) => {
		expect(imageUrlProblem('End Image URL', url)).toMatch(/^End Image URL /);
	});

	it('is not repeated whole in the message, for it may be very long', () => {
		expect(imageUrlProblem('Image URL', `x${'y'.repeat(5000)}`)?.length).toBeLessThan(300);
	});

	it('may be a data URL of many megabytes', () => {
		const url = `data:image/png;base64,${'A'.repeat(30 * 1024 * 1024)}`;
		expect(imageUrlProblem('Image URL', url)).toBeUndefined();
	});
});

describe('The duration', () => {
	it.each(Array.from({ length: 13 }, (_, index) => index + 3))(
		'may be %i s, as text or number',
		(seconds) => {
			expect(durationProblem(seconds)).toBeUndefined();
			expect(durationProblem(String(seconds))).toBeUndefined();
		},
	);

	it.each([2, 16, 0, -5, '2', '16', '4.5', 4.5, '', 'five', '5s', undefined, null, NaN, Infinity])(
		'must not be %p, and the field is named',
		(seconds) => {
			expect(durationProblem(seconds)).toMatch(/^Duration .*3 to 15/);
		},
	);
});

describe('The segments', () => {
	it.each([
		['one of 3 s', [segment(3)]],
		['one of 15 s', [segment(15)]],
		['six', times(6, 2)],
		['several of 1 s', times(3, 1)],
		['a prompt of 512 characters', [segment(5, 'x'.repeat(512))]],
	])('may be %s', (_what, segments) => {
		expect(segmentsProblem('Segments', segments)).toBeUndefined();
	});

	it.each([
		['none', [], /^Segments has no segment/],
		['seven', times(7, 2), /^Segments has 7 segments.*6/],
		['a sum of 2 s', [segment(1), segment(1)], /Segments.*2 seconds.*3 to 15/],
		['a sum of 16 s', [segment(8), segment(8)], /Segments.*16 seconds.*3 to 15/],
		['a prompt that is empty', [segment(5), segment(5, '')], /segment 2 has no prompt/i],
		['a prompt of white space', [segment(5, ' \n')], /segment 1 has no prompt/i],
		['a prompt of 513 characters', [segment(5, 'x'.repeat(513))], /prompt of segment 1.*513.*512/],
		['0 s', [segment(5), segment(0)], /duration of segment 2.*whole number/],
		['half seconds', [segment(2.5), segment(2.5)], /duration of segment 1.*whole number/],
		['negative seconds', [segment(-1), segment(5)], /duration of segment 1/],
		['no duration', [segment(NaN)], /duration of segment 1/],
		['endless seconds', [segment(Infinity)], /duration of segment 1/],
	])('must not be %s, and the field or segment is named', (_what, segments, problem) => {
		expect(segmentsProblem('Segments', segments)).toMatch(problem);
	});
});

describe('A list of segments', () => {
	const TWO = [
		{ prompt: 'a', duration: 2 },
		{ prompt: 'b', duration: 3 },
	];
	const AS_TEXT = [
		{ prompt: 'a', duration: '2' },
		{ prompt: 'b', duration: '3' },
	];

	it.each([
		['an array', TWO],
		['durations as text, as the API has them', AS_TEXT],
		['JSON text', JSON.stringify(AS_TEXT)],
		[
			'JSON text in a code block, as a language model writes it',
			`\`\`\`json\n${JSON.stringify(TWO)}\n\`\`\``,
		],
		['an object around it', { segments: TWO }],
		['an object in the API’s words around it', JSON.stringify({ multi_prompt: AS_TEXT })],
	])('is read from %s', (_what, value) => {
		expect(readSegments(value)).toEqual(TWO);
	});

	it.each([
		['text that is no JSON', 'a, b'],
		['an empty text', ''],
		['an object without a list', { prompt: 'a', duration: 2 }],
		['a number', 5],
		['null', null],
		['nothing', undefined],
		['cut JSON', '[{"prompt":"a"'],
	])('is not found in %s', (_what, value) => {
		expect(readSegments(value)).toBeUndefined();
	});

	it.each([
		['a text', 'clouds'],
		['null', null],
		['no prompt', { duration: 5 }],
		['a prompt that is no text', { prompt: 5, duration: 5 }],
		['no duration', { prompt: 'a' }],
		['an empty duration', { prompt: 'a', duration: '' }],
		['a duration of null', { prompt: 'a', duration: null }],
		['a duration in words', { prompt: 'a', duration: 'five' }],
		['a duration of true', { prompt: 'a', duration: true }],
		['a duration that is a list', { prompt: 'a', duration: [5] }],
	])('with an entry that has %s is refused', (_what, entry) => {
		expect(
			segmentsProblem('Segments', readSegments([{ prompt: 'a', duration: 5 }, entry]) ?? []),
		).toMatch(/segment 2/i);
	});
});

describe('A JSON object', () => {
	it.each([
		[{ seed: 1 }, { seed: 1 }],
		['{"seed":1}', { seed: 1 }],
		['{}', {}],
		['', {}],
		[undefined, {}],
	])('is read from %p', (value, expected) => {
		expect(readJsonObject(value)).toEqual(expected);
	});

	it.each(['[]', [], '5', 5, 'seed', '{"seed":', 'null', true])('is not found in %p', (value) => {
		expect(readJsonObject(value)).toBeUndefined();
	});
});
