/** What the fields for a picture or a video share. The file comes from a URL or from an earlier node. */
import type { INodePropertyOptions } from 'n8n-workflow';

/** AI agents cannot receive files, and they have none to send. */
export const NOT_FOR_AGENTS = { show: { '@tool': [false] } };

export const FOR_AGENTS = { show: { '@tool': [true] } };

export const fromUrl = (a: string): INodePropertyOptions => ({
	name: 'URL',
	value: 'url',
	description: `${a} on the web`,
});

export const fromFile = (a: string): INodePropertyOptions => ({
	name: 'Binary File',
	value: 'binary',
	description: `${a} file from an earlier node`,
});
