/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Bodies that are still arriving, with Node's own streams: as n8n 1.x hands them out, and wrapped as in n8n 2.x. */
import { PassThrough, Readable } from 'node:stream';

import {
	beginningOf,
	openBody,
	readText,
	type ByteStream,
	type OpenBody,
} from '../../../nodes/segmind/transport/stream';

const sleep = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

interface Arriving {
	body: OpenBody;
	/** What the server sends. */
	source: PassThrough;
	/** Whether the request was ended. */
	isEnded: () => boolean;
}

/** As axios does it since 1.16, where n8n sets `maxContentLength`. */
function wrapped(source: Readable): Readable {
	async function* counted() {
		for await (const chunk of source) yield chunk as Buffer;
	}
	return Readable.from(counted(), { objectMode: false });
}

function arriving(wrap: (source: Readable) => Readable): Arriving {
	const source = new PassThrough();
	source.on('error', () => {});
	const stream = wrap(source);
	let isEnded = false;
	const end = () => {
		isEnded = true;
		// As axios does when its signal is aborted.
		if (stream.destroyed) return;
		stream.emit('error', new Error('canceled'));
		stream.destroy();
		source.destroy(new Error('canceled'));
	};
	const body = openBody(stream as unknown as ByteStream, end);
	return { body, source, isEnded: () => isEnded };
}

const FORMS: Array<[string, (source: Readable) => Readable]> = [
	['the connection itself (n8n 1.x)', (source) => source],
	['a generator around it (n8n 2.x)', wrapped],
];

async function rest({ stream }: OpenBody): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(Buffer.from(chunk));
	return Buffer.concat(chunks).toString();
}

describe.each(FORMS)('The beginning of a body that is %s', (_form, wrap) => {
	it('comes with the first chunk, and stays in the body', async () => {
		const { body, source } = arriving(wrap);
		source.end('0123456789abcdef');
		const { kind, bytes } = await beginningOf(body, 12, 1000);
		expect(kind).toBe('open');
		expect(bytes.toString()).toMatch(/^0123456789ab/);
		await sleep(20);
		expect(await rest(body)).toBe('0123456789abcdef');
	});

	it('is put together from small chunks', async () => {
		const { body, source } = arriving(wrap);
		const beginning = beginningOf(body, 12, 1000);
		for (const chunk of ['0123', '4567', '89']) {
			source.write(chunk);
			await sleep(5);
		}
		source.write('ab');
		expect((await beginning).kind).toBe('open');
		source.end('cdef');
		expect(await rest(body)).toBe('0123456789abcdef');
	});

	it('is the whole of a short one', async () => {
		const { body, source } = arriving(wrap);
		source.end('short');
		const beginning = await beginningOf(body, 12, 1000);
		expect(beginning).toEqual({ kind: 'whole', bytes: Buffer.from('short') });
		expect(await readText(body, 1000, beginning)).toBe('short');
	});

	it('is nothing of an empty one', async () => {
		const { body, source } = arriving(wrap);
		source.end();
		expect(await beginningOf(body, 12, 1000)).toEqual({ kind: 'whole', bytes: Buffer.alloc(0) });
	});

	it('is missing when the connection breaks', async () => {
		const { body, source } = arriving(wrap);
		source.write('01');
		const beginning = beginningOf(body, 12, 1000);
		await sleep(5);
		source.destroy(new Error('aborted'));
		expect(await beginning).toEqual({ kind: 'broken', bytes: Buffer.from('01') });
	});

	it('is missing when the connection had broken before', async () => {
		const { body, source } = arriving(wrap);
		const first = beginningOf(body, 12, 1000);
		source.destroy(new Error('aborted'));
		await first;
		expect((await beginningOf(body, 12, 1000)).kind).toBe('broken');
	});

	it.each(['', '01'])(
		'is late when nothing more comes after "%s": the request is ended',
		async (sent) => {
			const { body, source, isEnded } = arriving(wrap);
			if (sent) source.write(sent);
			const beginning = await beginningOf(body, 12, 50);
			expect(beginning).toEqual({ kind: 'late', bytes: Buffer.from(sent) });
			expect(isEnded()).toBe(true);
			expect(await readText(body, 1000, beginning)).toBe(sent);
		},
	);

	it('is there at once although the rest stalls', async () => {
		const { body, source, isEnded } = arriving(wrap);
		source.write('0123456789abcdef');
		expect((await beginningOf(body, 12, 1000)).kind).toBe('open');
		expect(isEnded()).toBe(false);
	});
});

describe.each(FORMS)('The text of a body that is %s', (_form, wrap) => {
	it('is parsed where it is JSON', async () => {
		const { body, source } = arriving(wrap);
		source.end('{"a": 1}');
		expect(await readText(body)).toEqual({ a: 1 });
	});

	it('is whole after its beginning was looked at', async () => {
		const { body, source } = arriving(wrap);
		source.write('{"request_id": "7", ');
		const beginning = await beginningOf(body, 12, 1000);
		const read = readText(body, 1000, beginning);
		source.end('"status": "QUEUED"}');
		expect(await read).toEqual({ request_id: '7', status: 'QUEUED' });
	});

	it('is what came when the connection stands still, and the request is ended', async () => {
		const { body, source, isEnded } = arriving(wrap);
		source.write('half of ');
		expect(await readText(body, 50)).toBe('half of ');
		expect(isEnded()).toBe(true);
		await sleep(20);
		expect(source.destroyed).toBe(true);
	});

	it('is what came when the connection breaks', async () => {
		const { body, source } = arriving(wrap);
		source.write('half of ');
		const read = readText(body, 1000);
		await sleep(5);
		source.destroy(new Error('aborted'));
		expect(await read).toBe('half of ');
	});

	it('is cut when it is endless', async () => {
		const { body, source, isEnded } = arriving(wrap);
		const read = readText(body, 5000);
		const chunk = Buffer.alloc(64 * 1024, 'x');
		for (let sent = 0; !isEnded() && sent < 100; sent++) {
			source.write(chunk);
			await sleep(1);
		}
		expect(isEnded()).toBe(true);
		const text = (await read) as string;
		expect(text.length).toBeLessThan(2 * 1024 * 1024);
	});
});
