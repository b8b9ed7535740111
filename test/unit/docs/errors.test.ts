/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { messagesIn, says } from './support/messages';

const ROOT = join(__dirname, '../../..');
const document = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
const quotes = [...document.matchAll(/^> (.+)$/gm)].map(([, quote]) => quote);
const { texts, service } = messagesIn([join(ROOT, 'nodes'), join(ROOT, 'credentials')]);

describe('docs/errors.md', () => {
	it.each(quotes)('quotes what the node says: %s', (quote) => {
		expect(texts.filter((text) => says(text, quote))).not.toEqual([]);
	});

	it('has every message of the node that is not about a parameter', () => {
		expect(service.length).toBeGreaterThan(10);
		const missing = service.filter((message) => !quotes.some((quote) => says(message, quote)));
		expect(missing).toEqual([]);
	});

	it('would find a quote that the node does not say', () => {
		const text = 'Request … was not finished within the time set in Max Wait';
		expect(says(text, 'Request … was not finished within the time set in Max Wait')).toBe(true);
		expect(says(text, 'Request 7 was not finished within the time set in Max Wait')).toBe(true);
		expect(says(text, 'Request … was not finished in time')).toBe(false);
		expect(says('…: …', 'Segmind could not be reached: …')).toBe(false);
	});
});
