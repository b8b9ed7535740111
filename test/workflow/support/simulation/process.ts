/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- test, runs outside n8n */
/**
 * An n8n process that can be killed: the node's own code in a registry of modules of its own, so that a process
 * knows nothing of the one before it. Its clock and its chance are the simulation's. Nothing that a dead process
 * does has an effect: no request, no access to a store, no timer.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { transformSync } from '@swc/core';
import * as n8nWorkflow from 'n8n-workflow';
import type { INodeType } from 'n8n-workflow';

import type { Clock } from './clock';
import type { Random } from './random';

const ROOT = join(__dirname, '../../../..');

type Load = (
	exports: object,
	load: (name: string) => unknown,
	module: { exports: object },
	...globals: unknown[]
) => void;

/** What stands for the globals of the same names. */
const GLOBALS = ['AbortSignal', 'performance', 'Date', 'Math'];

/** Compiled once; each process runs it anew. */
const compiled = new Map<string, Load>();

function compile(file: string): Load {
	const known = compiled.get(file);
	if (known) return known;
	const { code } = transformSync(readFileSync(file, 'utf8'), {
		filename: file,
		jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
		module: { type: 'commonjs' },
		swcrc: false,
	});
	const load = new Function(
		...['exports', 'require', 'module', ...GLOBALS],
		`${code}\n//# sourceURL=${file}`,
	) as Load;
	compiled.set(file, load);
	return load;
}

function fileOf(path: string): string {
	const candidates = [`${path}.ts`, join(path, 'index.ts')];
	return candidates.find(existsSync) ?? path;
}

/** Where a name leads from a folder; looked up once. */
const resolved = new Map<string, string>();

function resolve(folder: string, name: string): string {
	const key = `${folder} ${name}`;
	const known = resolved.get(key) ?? fileOf(join(folder, name));
	resolved.set(key, known);
	return known;
}

export class N8nProcess {
	isDead = false;

	/** Resolves when it is killed. */
	readonly died: Promise<void>;

	private die = () => {};

	private readonly modules = new Map<string, { exports: object }>();

	private readonly globals: unknown[];

	private readonly n8nWorkflow: object;

	constructor(
		readonly clock: Clock,
		chance: Random,
	) {
		this.died = new Promise((done) => (this.die = done));
		const sleep = async (ms: number) => await clock.sleep(ms, this);
		this.n8nWorkflow = Object.create(n8nWorkflow, { sleep: { value: sleep, enumerable: true } });
		const SimulatedDate = class extends Date {
			constructor(...parts: []) {
				if (parts.length > 0) super(...parts);
				else super(clock.now);
			}

			static now = () => clock.now;
		};
		const timeout = (ms: number) => {
			const controller = new AbortController();
			clock.in(ms, () => controller.abort(), this);
			return controller.signal;
		};
		this.globals = [
			{ timeout },
			{ now: () => clock.now },
			SimulatedDate,
			Object.create(Math, { random: { value: () => chance.next() } }),
		];
	}

	/** Nothing of it runs on. */
	kill(): void {
		this.isDead = true;
		this.die();
	}

	/** A module of the node as this process has it. @param path below the project's folder */
	load<T>(path: string): T {
		return this.run(resolve(ROOT, path)) as T;
	}

	private run(file: string): unknown {
		const known = this.modules.get(file);
		if (known) return known.exports;
		const module = { exports: {} };
		this.modules.set(file, module);
		const load = (name: string) => {
			if (name === 'n8n-workflow') return this.n8nWorkflow;
			if (name.startsWith('.')) return this.run(resolve(dirname(file), name));
			return jest.requireActual<object>(name);
		};
		compile(file)(module.exports, load, module, ...this.globals);
		return module.exports;
	}

	/** The node as this process has it. */
	node(): INodeType {
		const { KlingO3 } = this.load<{ KlingO3: new () => INodeType }>('nodes/KlingO3/KlingO3.node');
		return new KlingO3();
	}
}
