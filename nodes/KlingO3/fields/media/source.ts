/** Where a picture or a video comes from: a URL or a file of an earlier node. What the fields for them share. */
import type { INodePropertyOptions } from 'n8n-workflow';

/** A file never reaches an AI agent, and an agent has no files to give. */
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
