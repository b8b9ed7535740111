/* eslint-disable @typescript-eslint/no-this-alias -- test: n8n calls with a `this` of its own */
/**
 * A story of one workflow: executions one after the other, or two at once, of which some are killed, stopped or
 * fail; then they are retried with what n8n has saved of them, or executed again. n8n's engine is the real one, and
 * so is the node; requests and accesses to the database are the places where a process may die.
 */
import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	INodeType,
	IRunExecutionData,
} from 'n8n-workflow';

import { hashOf, noteTable, notesOf } from '../deduplication';
import { asRetry, runWorkflow, type Result } from '../engine';
import { Books, Violation, type Wanting } from './books';
import { Clock } from './clock';
import { N8nProcess } from './process';
import { Random } from './random';
import {
	SimulatedService,
	stageOf,
	type Answer,
	type Call,
	type EarlyState,
	type HistoryState,
} from './service';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const REFUSAL = /An earlier execution of this node submitted this video at/;
/** No story changes a workflow between an execution and its retry. */
const CHANGED = /An earlier attempt of this execution has paid, or may have paid, for this item/;
/** What a retry may end with although nothing went wrong in it. */
const OLD_TROUBLE = /could not make this video|It is unknown whether this video was submitted/;

interface Item {
	video: string;
	image: string;
}

/** An execution that n8n has saved with its context. */
interface Saved {
	data: IRunExecutionData;
	lineage: string;
	items: Item[];
	rounds?: number;
}

interface Execution extends Wanting {
	id: string;
	items: Item[];
	process: N8nProcess;
	/** Steps so far, and after how many the process dies or the execution is stopped. */
	steps: number;
	killAt: number;
	stopAt: number;
	stop: () => void;
	isStopped: boolean;
	/** Stop came in the moment in which notes were about to go. */
	isHandingOver: boolean;
	lastAccess: string;
	lastStep: string;
	/** Videos whose notes have just gone. */
	letGo: string[];
	/** What n8n had saved of it before: it may hand out again what stands there. */
	savedText: string;
	/** What it has told n8n. */
	refused: Map<string, number>;
	/** What the node has given last: n8n may throw it away and run the node again. */
	given?: Given;
}

/** One round of a loop. */
interface Given {
	run: number;
	/** By item of the input. */
	videos: string[];
	output: INodeExecutionData[];
}

function countsOf(videos: string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const video of videos) counts.set(video, (counts.get(video) ?? 0) + 1);
	return counts;
}

interface Plan {
	items: Item[];
	lineage?: string;
	saved?: Saved;
	mode?: 'retry';
	parameters: IDataObject;
	settings: Partial<INode>;
	/** How often failed items come back to the node. */
	rounds?: number;
	killAt?: number;
	/** ms */
	killAfter?: number;
	stopAt?: number;
	/** ms */
	stopAfter?: number;
}

/** The head of a PNG is all that the node looks at; each is another file. */
function picture(n: number): string {
	const head = '89504e470d0a1a0a0000000d49484452000002000000020008020000';
	return `data:image/png;base64,${Buffer.from(`${head}${n.toString(16).padStart(8, '0')}`, 'hex').toString('base64')}`;
}

const never = async <T>(): Promise<T> => await new Promise<T>(() => {});

let stories = 0;

export class Story {
	private readonly chance: Random;

	private readonly clock = new Clock(Date.UTC(2026, 10, 24, 8, 0, 0));

	private readonly service: SimulatedService;

	private readonly books: Books;

	private readonly history: HistoryState;

	private readonly hasUploads: boolean;

	private readonly pool: Item[];

	private readonly workflowId = `story${++stories}`;

	private readonly saved: Saved[] = [];

	/** Executions that n8n has lost, and that nobody has retried. */
	private crashed: Item[][] = [];

	private process: N8nProcess;

	private executions = 0;

	private hashes = new Map<string, string>();

	/** The execution that has sent the request that arrives now. */
	private sender: Wanting | undefined;

	private violation: unknown;

	/** What happened, for a person to read. */
	readonly log: string[] = [];

	constructor(
		readonly seed: number,
		private readonly workers = 1,
	) {
		this.chance = new Random(seed);
		const { chance, clock } = this;
		this.history = chance.chance(0.7)
			? 'works'
			: chance.pick<HistoryState>(['empty', 'not found', 'page', 'refused', 'broken']);
		this.hasUploads = chance.chance(0.2);
		const quick = chance.chance(0.8);
		this.service = new SimulatedService({
			clock,
			chance: chance.fork(),
			history: this.history,
			early: chance.pick<EarlyState>(['running', 'running', 'not found', 'failed', 'nothing']),
			historyLag: chance.pick([0, 0, 5, 30, 80]) * SECOND,
			limit: chance.pick([0, 0, 0, 60]),
			jobTime: () => chance.between(0.3, quick ? 12 : 250) * SECOND,
			onJob: (job) => {
				this.note(`  ${job.id} ${job.prompt}${job.isDoomed ? ' (will fail)' : ''}`);
				this.judge(() => this.books.bought(job, this.sender!));
			},
		});
		this.books = new Books({
			service: () => this.service,
			now: () => clock.now,
			videoOf: (hash) => {
				const video = this.hashes.get(hash);
				if (!video) throw new Violation(`a note on an unknown video: ${hash}`);
				return video;
			},
			later: (work) => clock.in(SECOND, work, this.process),
			isSure: this.history === 'works' && !this.hasUploads,
		});
		this.pool = Array.from({ length: chance.pick([1, 1, 2, 3]) }, (_, n) => ({
			video: `take ${n}`,
			image: this.hasUploads ? picture(chance.whole(1, 2)) : 'https://files.example/a.png',
		}));
		this.process = new N8nProcess(clock, chance.fork());
		this.learnHashes();
	}

	get counts() {
		return { ...this.books.counts, early: this.service.early };
	}

	private note(line: string): void {
		const seconds = ((this.clock.now - Date.UTC(2026, 10, 24, 8, 0, 0)) / SECOND).toFixed(2);
		this.log.push(`${seconds.padStart(10)} ${line}`);
	}

	/** A violation ends the story, wherever it comes up. */
	private judge(check: () => void): void {
		try {
			check();
		} catch (error) {
			this.note(`!! ${(error as Error).message}`);
			this.violation ??= error;
		}
	}

	/** What the notes call the videos, by the node's own rule. */
	private learnHashes(): void {
		const { bodyHash, contentHash } = this.process.load<{
			bodyHash: (body: object) => string;
			contentHash: (file: Buffer) => string;
		}>('nodes/segmind/job/hash');
		for (const { video, image } of this.pool) {
			const file = Buffer.from(image.slice(image.indexOf(',') + 1), 'base64');
			const body = {
				image_url: this.hasUploads ? `sha256:${contentHash(file)}` : image,
				prompt: video,
				duration: '3',
				generate_audio: false,
				mode: 'std',
				shot_type: 'customize',
			};
			this.hashes.set(bodyHash({ model: 'kling-o3-image2video', body }), video);
		}
	}

	/**
	 * A question adds values and takes them away again. A kill in between loses one of the two copies of a note's
	 * time; that it happens to both is more than the notes can bear, and less than anybody will see.
	 */
	private isInQuestion({ lastAccess }: Execution, name: string): boolean {
		const isInside =
			name === 'after record' || (lastAccess === 'record' && name === 'before remove');
		if (!isInside) return false;
		return ++this.interrupted > 1;
	}

	private interrupted = 0;

	/** A place at which a process may die or an execution may be stopped. */
	private async step(execution: Execution, name: string): Promise<void> {
		const { process } = execution;
		if (process.isDead) return await never();
		// What speaks of a delivered twin is written in the moment of the hand-over.
		const isHandOver = execution.lastStep === 'after remove' && name === 'before record';
		if (name !== 'after remove' && !isHandOver) execution.letGo = [];
		execution.steps++;
		execution.lastStep = name;
		if (execution.steps === execution.killAt && this.isInQuestion(execution, name)) {
			execution.killAt++;
		}
		if (execution.steps === execution.killAt) {
			this.note(`  killed: ${name}`);
			this.books.excuse(execution.letGo, execution);
			this.books.counts.kills++;
			process.kill();
			return await never();
		}
		if (execution.steps === execution.stopAt) {
			this.note(`  stopped: ${name}`);
			this.books.counts.stops++;
			this.books.excuse(execution.letGo, execution);
			execution.isHandingOver = name === 'before remove';
			execution.isStopped = true;
			execution.stop();
		}
		if (execution.isHandingOver && name === 'after remove') {
			// The decision that n8n gets them came before Stop.
			this.books.excuse(execution.letGo, execution);
			execution.isHandingOver = false;
		}
	}

	private async request(
		execution: Execution,
		{ method = 'GET', url, body }: IHttpRequestOptions,
		signal: AbortSignal | undefined,
	): Promise<Answer> {
		const { clock, chance } = this;
		const target = new URL(url);
		const stage = stageOf(method, target);
		const call: Call = { stage, method, url: target, body: (body ?? {}) as Call['body'] };
		await this.step(execution, `before ${stage}`);
		const ended = new Promise<never>((_, reject) => {
			const end = () => reject(Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' }));
			if (signal?.aborted) end();
			else signal?.addEventListener('abort', end, { once: true });
		});
		ended.catch(() => {});
		// What has left arrives, whatever becomes of its sender.
		const taken = clock.sleep(chance.between(1, 150)).then(() => {
			this.sender = execution;
			return this.service.take(call);
		});
		const outcome = await Promise.race([taken, ended]);
		await this.step(execution, `${stage} has arrived`);
		await Promise.race([clock.sleep(outcome.after, execution.process), ended]);
		if (outcome.error) throw Object.assign(new Error(outcome.error.message), outcome.error);
		if (!outcome.answer) return await Promise.race([never<Answer>(), ended]);
		await this.step(execution, `${stage} is answered`);
		return outcome.answer;
	}

	private async access<T>(
		execution: Execution,
		name: string,
		work: () => Promise<T>,
		wrote: (result: T) => void,
	): Promise<T> {
		const { clock, chance } = this;
		await this.step(execution, `before ${name}`);
		await clock.sleep(chance.between(1, 20), execution.process);
		const result = await clock.whileBusy(work);
		execution.lastAccess = name;
		this.judge(() => wrote(result));
		await this.step(execution, `after ${name}`);
		return result;
	}

	/** n8n's own context, but for the ways out of the process. */
	private contextOf(context: IExecuteFunctions, execution: Execution): IExecuteFunctions {
		const { helpers } = context;
		const { books, clock } = this;
		const signalOf = (from: IExecuteFunctions) => from.getExecutionCancelSignal();
		const story = this;
		const own: Partial<IExecuteFunctions['helpers']> = {
			async httpRequestWithAuthentication(this: never, _credential, options) {
				return await story.request(execution, options, signalOf(this));
			},
			httpRequest: async (options) =>
				await this.request(execution, options, options.abortSignal as never),
			checkProcessedAndRecord: async (...given) =>
				await this.access(
					execution,
					'record',
					async () => await helpers.checkProcessedAndRecord(...given),
					(result) => {
						const written = books.recorded(given[0].map(String), result.new.map(String), execution);
						if (written) this.note(`  ${execution.id} notes ${written}`);
					},
				),
			removeProcessed: async (...given) =>
				await this.access(
					execution,
					'remove',
					async () => await helpers.removeProcessed(...given),
					() => {
						execution.letGo = books.removed(given[0].map(String));
						if (execution.letGo.length > 0) {
							this.note(`  ${execution.id} erases notes on ${execution.letGo.join(', ')}`);
						}
					},
				),
			getProcessedDataCount: async (...given) =>
				await this.access(
					execution,
					'count',
					async () => await helpers.getProcessedDataCount(...given),
					() => {},
				),
			prepareBinaryData: async (...given) =>
				await clock.whileBusy(async () => await helpers.prepareBinaryData(...given)),
		};
		return Object.create(context, {
			helpers: { value: Object.assign(Object.create(helpers), own) },
		});
	}

	/** The node as the execution's process has it; time passes only while it runs. */
	private nodeOf(execution: Execution): INodeType {
		const node = execution.process.node();
		const story = this;
		return Object.create(node, {
			execute: {
				async value(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
					const run = Number(this.getWorkflowDataProxy(0).$runIndex);
					const videos = this.getInputData().map(({ json }) => String(json.video));
					const { given } = execution;
					if (given && given.run < run) story.judge(() => story.give(execution, given));
					execution.given = undefined;
					execution.copies = countsOf(videos);
					if (run > 0) story.books.counts.rounds++;
					if (run > 0) story.note(`  ${execution.id} round ${run + 1}: ${videos.join(', ')}`);
					story.clock.busy--;
					const context = story.contextOf(this, execution);
					try {
						const outputs = (await node.execute!.call(context)) as INodeExecutionData[][];
						execution.given = { run, videos, output: outputs[0] };
						return outputs;
					} finally {
						story.clock.busy++;
					}
				},
			},
		});
	}

	/** @returns whether all videos came out */
	private async execute(plan: Plan): Promise<boolean> {
		// It may have died since, while it looked after what it had erased.
		if (this.process.isDead) this.restart();
		const { clock, books, process } = this;
		const id = `${this.workflowId}-${++this.executions}`;
		const items = plan.saved?.items ?? plan.items;
		const { rounds } = plan.saved ?? plan;
		const copies = countsOf(items.map(({ video }) => video));
		const execution: Execution = {
			...{ id, items, copies, process, steps: 0, letGo: [], lastAccess: '', lastStep: '' },
			...{ isStopped: false, isHandingOver: false },
			lineage: plan.saved?.lineage ?? plan.lineage ?? id,
			killAt: plan.killAt ?? 0,
			stopAt: plan.stopAt ?? 0,
			stop: () => {},
			refused: new Map(),
			savedText: plan.saved ? JSON.stringify(plan.saved.data) : '',
		};
		const how = plan.saved ? `retry of ${plan.saved.lineage}` : (plan.mode ?? 'new');
		const ways = [plan.settings.onError, plan.settings.retryOnFail && 'retryOnFail'];
		this.note(
			`${id} ${how}: ${items.map(({ video }) => video).join(', ')} ${JSON.stringify(plan.parameters)} ${ways.filter(Boolean).join(' ')} kill ${plan.killAt ?? plan.killAfter ?? '-'} stop ${plan.stopAt ?? plan.stopAfter ?? '-'}`,
		);
		books.begin(execution);
		if (plan.saved || plan.lineage) this.books.counts.retries++;
		if (plan.killAfter !== undefined) {
			const kill = () => {
				if (process.isDead || !this.isLive(execution)) return;
				if (this.isInQuestion(execution, execution.lastAccess === 'record' ? 'after record' : '')) {
					return;
				}
				this.note('  killed');
				this.books.counts.kills++;
				process.kill();
			};
			clock.in(plan.killAfter, kill);
		}
		if (plan.stopAfter !== undefined) {
			const stop = () => {
				if (process.isDead || !this.isLive(execution)) return;
				this.note('  stopped');
				this.books.counts.stops++;
				execution.isStopped = true;
				// An erasure that is under way was decided before.
				execution.isHandingOver = execution.lastStep === 'before remove';
				execution.stop();
			};
			clock.in(plan.stopAfter, stop);
		}
		clock.busy++;
		const run = runWorkflow({
			executionId: id,
			workflowId: this.workflowId,
			credential: {
				apiKey: 'SG_simulated',
				baseUrl: 'https://api.example',
				storageUrl: 'https://storage.example',
				historyUrl: 'https://history.example',
				requestsPerMinute: 60,
			},
			parameters: {
				imageUrl: '={{ $json.image }}',
				prompt: '={{ $json.video }}',
				duration: '3',
				mode: 'std',
				...plan.parameters,
			},
			settings: plan.settings,
			items: items.map(({ video, image }) => ({ json: { video, image } })),
			node: this.nodeOf(execution),
			rounds,
			onlyFailed: true,
			mode: plan.mode,
			resume: plan.saved && structuredClone(plan.saved.data),
			onStart: ({ stop }) => (execution.stop = stop),
		}).finally(() => clock.busy--);
		this.running.add(execution);
		const result = await Promise.race([run, process.died.then(() => undefined)]);
		this.running.delete(execution);
		books.end(execution);
		if (!result) {
			this.crashed.push(items);
			books.died(execution);
			return false;
		}
		this.judge(() => this.record(execution, result, rounds));
		return result.run.status === 'success' && execution.given?.output.length === items.length;
	}

	private readonly running = new Set<Execution>();

	private isLive = (execution: Execution) => this.running.has(execution);

	/** n8n has what a round gave. */
	private give(execution: Execution, { videos, output }: Given): void {
		const { savedText } = execution;
		const refused: string[] = [];
		const given = new Set<string>();
		for (const { json, pairedItem } of output) {
			const { item } = pairedItem as { item: number };
			if (json.error === undefined) {
				const id = String(json.requestId);
				if (given.has(id)) throw new Violation(`ONE VIDEO FOR TWO ITEMS: ${id}`);
				given.add(id);
				this.books.delivered(id, videos[item], execution, savedText.includes(`"${id}"`));
			} else {
				this.note(`  item ${item}: ${String(json.error).slice(0, 150)}`);
				this.checkError(execution, String(json.error));
				if (REFUSAL.test(String(json.error))) refused.push(videos[item]);
			}
		}
		this.refuse(execution, refused);
	}

	/** A refusal holds for all rounds of its execution. */
	private refuse({ copies, refused }: Execution, videos: string[]): void {
		for (const [video, count] of countsOf(videos)) {
			if (count <= (refused.get(video) ?? 0)) continue;
			refused.set(video, count);
			this.books.refusal(video, count, copies.get(video) ?? 0);
		}
	}

	/** What n8n has saved of an execution, and what the user sees of it. */
	private record(execution: Execution, { run, error }: Result, rounds?: number): void {
		const { items } = execution;
		const { status } = run;
		const [next] = run.data.executionData?.nodeExecutionStack ?? [];
		const told = error ? `: ${error.message.slice(0, 150)}` : '';
		this.note(`${execution.id} ${status}${told}`);
		if (error && /unexpected|TypeError|ReferenceError/i.test(error.message)) throw error;
		if (status === 'error') this.books.counts.errors++;
		if (error) this.checkError(execution, error.message);
		// n8n shows an execution that was stopped as canceled, and nothing of what its nodes say then.
		if (execution.isStopped) this.books.died(execution);
		if (status === 'success') {
			if (execution.given) this.give(execution, execution.given);
		} else if (error && REFUSAL.test(error.message) && !execution.isStopped) {
			const first = error.context?.itemIndex as number;
			const others = /same is true of the items ([\d, ]+)/.exec(error.description ?? '')?.[1];
			const all = [first, ...(others?.split(', ').map(Number) ?? [])];
			this.refuse(
				execution,
				all.map((item) => items[item].video),
			);
		}
		if (status !== 'success' && next?.node.name === 'Kling') {
			this.saved.push({ data: asRetry(run), lineage: execution.lineage, items, rounds });
		}
	}

	/** A retry takes up what its execution has paid. */
	private checkError({ savedText, isStopped }: Execution, message: string): void {
		if (CHANGED.test(message)) throw new Violation(`NOT TAKEN UP: ${message}`);
		const isCalm = this.service.trouble === 0 && this.history === 'works' && !isStopped;
		const isExplained = REFUSAL.test(message) || OLD_TROUBLE.test(message);
		if (savedText && isCalm && !isExplained) throw new Violation(`RETRY IN VAIN: ${message}`);
	}

	/** n8n is started again. */
	private restart(): void {
		this.note('new process');
		this.process.kill();
		this.process = new N8nProcess(this.clock, this.chance.fork());
	}

	private other: N8nProcess | undefined;

	/** In queue mode the next execution may be another worker's, which knows nothing of this one's. */
	private changeWorker(): void {
		this.note('other worker');
		const before = this.process;
		this.process =
			this.other && !this.other.isDead
				? this.other
				: new N8nProcess(this.clock, this.chance.fork());
		this.other = before;
	}

	private batch(): Item[] {
		const { chance, pool } = this;
		return Array.from({ length: chance.whole(1, 4) }, () => chance.pick(pool));
	}

	private endings(count: number): Pick<Plan, 'killAt' | 'killAfter' | 'stopAt' | 'stopAfter'> {
		const { chance } = this;
		const steps = () => chance.whole(1, chance.pick([12, 40, 40 * count]));
		const kind = chance.next();
		if (kind < 0.35) return { killAt: steps() };
		if (kind < 0.45) return { killAfter: chance.between(0, chance.pick([3, 30, 200]) * SECOND) };
		if (kind < 0.52) return { stopAt: steps() };
		if (kind < 0.6) return { stopAfter: chance.between(0, chance.pick([3, 12, 60]) * SECOND) };
		return {};
	}

	private async chapter(batch: Item[]): Promise<void> {
		const { chance, saved, crashed } = this;
		const parameters: IDataObject = {
			operation: this.operation,
			options: {
				concurrency: chance.whole(1, 4),
				...(this.operation === 'generate' && {
					downloadVideo: this.downloads,
					...(this.isSynchronous && { apiVersion: 'v1' }),
				}),
			},
		};
		const continues = chance.chance(0.35);
		const settings: Partial<INode> = {
			...(continues && { onError: 'continueRegularOutput' as const }),
			// Together with Continue n8n throws away what a try gives.
			...(chance.chance(continues ? 0.5 : 0.2) && {
				retryOnFail: true,
				maxTries: 2,
				waitBetweenTries: 1,
			}),
		};
		const rounds = continues && chance.chance(0.7) ? chance.whole(2, 3) : undefined;
		const endings = this.endings(batch.length * (rounds ?? 1));
		const plan: Plan = { items: batch, parameters, settings, rounds, ...endings };
		this.service.trouble = chance.pick([0, 0, 0.05, 0.15]);
		const kind = chance.next();
		const isDouble = chance.chance(0.12);
		const own = {
			killAt: undefined,
			killAfter: undefined,
			stopAt: undefined,
			stopAfter: undefined,
		};
		const other = { ...plan, ...own, ...this.endings(2) };
		if (saved.length > 0 && kind < 0.35) {
			const one = chance.pick(saved);
			await this.together({ ...plan, saved: one }, isDouble && { ...other, saved: one });
		} else if (crashed.length > 0 && kind < 0.5) {
			const items = crashed.pop()!;
			// What the crashed execution has left stays to be found: its retries share it.
			const retry = { items, mode: 'retry' as const, lineage: `crashed ${this.executions}` };
			await this.together({ ...plan, ...retry }, isDouble && { ...other, ...retry });
		} else await this.together(plan, isDouble && other);
	}

	private async together(...plans: Array<Plan | false>): Promise<void> {
		const each = plans.filter((plan): plan is Plan => plan !== false);
		await Promise.all(each.map(async (plan) => await this.execute(plan)));
		this.judge(() => this.books.check());
	}

	private readonly operation: 'generate' | 'start' = 'generate';

	private readonly isSynchronous: boolean = false;

	private readonly downloads: boolean = true;

	private async play(): Promise<void> {
		const { chance } = this;
		Object.assign(this, {
			operation: chance.chance(0.15) ? 'start' : 'generate',
			isSynchronous: chance.chance(0.1),
			downloads: chance.chance(0.7),
		});
		let batch = this.batch();
		for (let chapters = chance.whole(2, 5); chapters > 0; chapters--) {
			// Fewer than before: equal videos that are left are not all wanted.
			await this.chapter(chance.chance(0.3) ? batch.slice(0, 1) : batch);
			if (this.violation) return;
			if (this.workers > 1 && chance.chance(0.45)) this.changeWorker();
			if (this.process.isDead || chance.chance(0.25)) this.restart();
			const pause = chance.pick([3, 3, 20, 300, 4000]) * chance.between(1, 1.5);
			await this.clock.sleep(pause * SECOND);
			if (chance.chance(0.15)) batch = this.batch();
		}
		await this.settle(batch);
	}

	/** In the end everything works, and the workflow is executed until nothing is left over. */
	private async settle(batch: Item[]): Promise<void> {
		this.service.trouble = 0;
		const items = [...batch, ...this.pool];
		const parameters = { operation: this.operation, options: { downloadVideo: this.downloads } };
		for (let round = 1; ; round++) {
			const isDone = await this.execute({ items, parameters, settings: {} });
			this.judge(() => this.books.check());
			if (this.violation) return;
			await this.clock.sleep(2 * MINUTE);
			if (isDone && this.books.open === 0) break;
			if (round > 20) throw new Violation('NO END: it does not come to rest');
		}
		// Of a question that a kill interrupted times may be left, which mean nothing without their mark.
		const rest = new Set(notesOf(this.workflowId));
		const marks = [...this.hashes.keys()].flatMap((hash) =>
			Array.from({ length: 50 }, (_, slot) => hashOf(`segmind ${hash} ${slot + 1}`)),
		);
		const left = marks.filter((mark) => rest.has(mark));
		if (left.length > 0) throw new Violation(`${left.length} marks are left in n8n's database`);
	}

	/** @throws what went wrong; the log says how it came to that */
	async tell(): Promise<void> {
		try {
			await this.clock.until(this.play());
		} finally {
			for (const key of [...noteTable.rows.keys()]) {
				if (key.startsWith(`${this.workflowId} `)) noteTable.rows.delete(key);
			}
		}
		if (this.violation) throw this.violation;
	}
}
