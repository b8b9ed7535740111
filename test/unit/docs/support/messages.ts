/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** The texts in the node's sources, read with TypeScript's own parser. What a text is filled with is written "…". */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FILLED = '…';

/** Every TypeScript file below these folders. */
function sourcesOf(folders: string[]): ts.SourceFile[] {
	return folders.flatMap((folder) =>
		readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((file) => file.endsWith('.ts'))
			.map((file) => {
				const text = readFileSync(join(folder, file), 'utf8');
				return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
			}),
	);
}

function textOf(node: ts.Node): string | undefined {
	if (ts.isStringLiteralLike(node)) return node.text;
	if (!ts.isTemplateExpression(node)) return undefined;
	return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(FILLED);
}

function walk(node: ts.Node, each: (node: ts.Node) => void): void {
	each(node);
	ts.forEachChild(node, (child) => walk(child, each));
}

function firstText(node: ts.Node): string | undefined {
	let found: string | undefined;
	walk(node, (inner) => (found ??= textOf(inner)));
	return found;
}

const keyOf = (property: ts.ObjectLiteralElementLike) => property.name?.getText();

/** Of an object `{ kind: 'service', message: … }`, the beginning of its message. */
function serviceMessage(node: ts.Node): string | undefined {
	if (!ts.isObjectLiteralExpression(node)) return undefined;
	const isService = node.properties.some(
		(property) => keyOf(property) === 'kind' && /'service'$/.test(property.getText()),
	);
	const message = node.properties.find((property) => keyOf(property) === 'message');
	return isService && message && ts.isPropertyAssignment(message)
		? firstText(message.initializer)
		: undefined;
}

export interface Messages {
	/** Every text there is. */
	texts: string[];
	/** How the messages begin of errors that are not about a parameter. */
	service: string[];
}

export function messagesIn(folders: string[]): Messages {
	const texts: string[] = [];
	const service: string[] = [];
	for (const source of sourcesOf(folders)) {
		walk(source, (node) => {
			const text = textOf(node);
			if (text) texts.push(text);
			const message = serviceMessage(node);
			if (message) service.push(message);
		});
	}
	return { texts, service };
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether a text of the code, filled in somehow, is this quote. A text that is nearly all filled in says nothing. */
export function says(text: string, quote: string): boolean {
	const fixed = text.replaceAll(FILLED, '');
	if (fixed.length < quote.replaceAll(FILLED, '').length * 0.6) return false;
	return new RegExp(`^${text.split(FILLED).map(escaped).join('.*')}$`).test(quote);
}
