/* eslint-disable @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** A job that ends as FAILED, with the text its owner reads. */
export class JobFailed extends Error {}

export interface Kind {
	/** As complaints name it. */
	name: string;
	mostMegabytes: number;
	/** How long the service waits for it, milliseconds. */
	timeoutMs: number;
}

/**
 * Asks for a file as the service does, and reads it.
 * @param field the body's field, named in complaints
 * @throws JobFailed when the address is not on the web, does not answer with a file, or the file is too large
 */
export async function* download(
	url: string,
	field: string,
	{ name, mostMegabytes, timeoutMs }: Kind,
	closed: AbortSignal,
): AsyncGenerator<Uint8Array> {
	const what = `${field}: ${name}`;
	if (!/^https?:\/\//i.test(url))
		throw new JobFailed(`${what} could not be fetched, it needs a public http(s) URL`);
	try {
		const response = await fetch(url, {
			headers: { 'user-agent': 'segmind-sandbox-fetcher' },
			signal: AbortSignal.any([closed, AbortSignal.timeout(timeoutMs)]),
		});
		if (!response.ok) throw new Error(`HTTP ${response.status}`);
		let total = 0;
		for await (const chunk of response.body ?? []) {
			const bytes = chunk as Uint8Array;
			total += bytes.length;
			// Checked while reading: an endless body must not fill the memory, nor the disk.
			if (total > mostMegabytes * 1024 * 1024)
				throw new JobFailed(`${what} exceeds ${mostMegabytes} MB`);
			yield bytes;
		}
	} catch (error) {
		if (error instanceof JobFailed) throw error;
		throw new JobFailed(`${what} could not be fetched (${(error as Error).message})`);
	}
}
