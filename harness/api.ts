/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** n8n's internal REST API, as its editor uses it, for both pinned versions. */
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { parse } from 'flatted';
import type {
	IDataObject,
	INodeListSearchResult,
	INodeTypeDescription,
	IRunExecutionData,
} from 'n8n-workflow';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { query, type Database } from './database';
import type { Workflow, WorkflowNode } from './types';
import { webhooksAnswer } from './webhooks';

/** The account that `setupOwner` creates. Only reachable from this machine. */
export const OWNER = {
	email: 'demo@example.com',
	firstName: 'Demo',
	lastName: 'Owner',
	password: 'KlingDemo1',
};

/** A row of the executions list. */
export interface ExecutionSummary {
	id: string;
	workflowId: string;
	mode: string;
	status: 'new' | 'running' | 'waiting' | 'success' | 'error' | 'canceled' | 'crashed' | 'unknown';
	startedAt: string;
	stoppedAt: string | null;
	retryOf?: string | null;
	retrySuccessId?: string | null;
}

/** An execution with what its nodes returned: `data.resultData.runData[node][run].data.main[output][item]`. */
export interface Execution extends ExecutionSummary {
	data: IRunExecutionData;
	workflowData: Workflow;
}

export interface WebhookAnswer {
	status: number;
	data: unknown;
	headers: Record<string, unknown>;
}

export interface CredentialTestResult {
	status: 'OK' | 'Error';
	message: string;
}

const UNFINISHED = ['new', 'running', 'waiting'];
const LOOK_EVERY_MS = 250;
const NOT_READY_MS = 60_000;
/** A connection for each call: a busy n8n may close a kept one at the moment it is used again. */
const httpAgent = new Agent({ keepAlive: false });

export class N8nApi {
	private readonly http: AxiosInstance;
	private cookie = '';

	constructor(
		readonly url: string,
		private readonly database: Database,
	) {
		this.http = axios.create({
			baseURL: `${url}/rest`,
			headers: { 'browser-id': 'harness' },
			proxy: false,
			httpAgent,
		});
		this.http.interceptors.request.use((config) => {
			if (this.cookie) config.headers.set('cookie', this.cookie);
			return config;
		});
		this.http.interceptors.response.use(undefined, (error) => {
			// n8n's own message, and no axios error, whose dump would fill the screen of a failed test.
			const { method = '', url: path = '' } = error.config ?? {};
			const { status } = error.response ?? {};
			const said = status ? `${status} ${textOf(error.response.data)}` : error.message;
			throw Object.assign(new Error(`${method.toUpperCase()} ${path}: ${said}`), { status });
		});
	}

	/** Creates the owner account if there is none, and logs in. The other calls need it; webhooks do not. */
	async setupOwner(): Promise<typeof OWNER> {
		const settings = await this.get<{ userManagement: { showSetupOnFirstLoad: boolean } }>(
			'/settings',
		);
		const { email, password } = OWNER;
		const answer = settings.userManagement.showSetupOnFirstLoad
			? await this.http.post('/owner/setup', OWNER)
			: await this.http.post('/login', { emailOrLdapLoginId: email, password });
		this.cookie = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
		return OWNER;
	}

	/** Calls a production webhook. Any status is an answer; `timeout` in ms, none by default. */
	async runWebhook(
		path: string,
		{
			data = {},
			timeout = 0,
			method = 'POST',
		}: { data?: unknown; timeout?: number; method?: string } = {},
	): Promise<WebhookAnswer> {
		const answer = await axios.request({
			url: `${this.url}/webhook/${path}`,
			method,
			data,
			timeout,
			proxy: false,
			httpAgent,
			validateStatus: () => true,
		});
		return { status: answer.status, data: answer.data, headers: answer.headers };
	}

	/** The newest executions, newest first. */
	async executions(
		filter: { workflowId?: string; status?: string[] } = {},
	): Promise<ExecutionSummary[]> {
		const params = { filter: JSON.stringify(filter), limit: 100 };
		return (await this.get<{ results: ExecutionSummary[] }>('/executions', params)).results;
	}

	/** One execution with its data. */
	async execution(id: string): Promise<Execution> {
		const { data, ...rest } = await this.get<Omit<Execution, 'data'> & { data: string }>(
			`/executions/${id}`,
		);
		return { ...rest, data: parse(data) as IRunExecutionData };
	}

	/**
	 * "Retry" of the executions list.
	 * @param loadWorkflow with the workflow as it is saved now, not as it was
	 * @returns the new execution when it has ended
	 */
	async retry(id: string, { loadWorkflow }: { loadWorkflow: boolean }): Promise<Execution> {
		const before = new Set((await this.executions()).map((execution) => execution.id));
		await this.http.post(`/executions/${id}/retry`, { loadWorkflow });
		return await this.waitForExecution(
			(execution) => execution.retryOf === id && !before.has(execution.id),
		);
	}

	/** "Stop" in the editor or the executions list. */
	async stopExecution(id: string): Promise<void> {
		await this.http.post(`/executions/${id}/stop`);
	}

	/**
	 * Waits until an execution has ended.
	 * @param which its ID, or a predicate on the rows of the executions list
	 * @throws after `timeout` ms
	 */
	async waitForExecution(
		which: string | ((execution: ExecutionSummary) => boolean),
		{ timeout = 120_000 }: { timeout?: number } = {},
	): Promise<Execution> {
		const matches = typeof which === 'string' ? ({ id }: ExecutionSummary) => id === which : which;
		const deadline = Date.now() + timeout;
		for (;;) {
			const found = (await this.executions()).find(matches);
			if (found && !UNFINISHED.includes(found.status)) return await this.execution(found.id);
			if (Date.now() > deadline) {
				throw new Error(
					`No execution that ended within ${timeout} ms; found: ${found?.status ?? 'none'}.`,
				);
			}
			await sleep(LOOK_EVERY_MS);
		}
	}

	/** "Delete" in the executions list, with the files. */
	async deleteExecutions(ids: string[]): Promise<void> {
		await this.http.post('/executions/delete', { ids });
	}

	/** All workflows, without their nodes. */
	async workflows(): Promise<Workflow[]> {
		return await this.get<Workflow[]>('/workflows');
	}

	/** The bytes behind a binary property's `id`. */
	async binary(id: string, action: 'view' | 'download' = 'download'): Promise<Buffer> {
		const answer = await this.http.get<ArrayBuffer>('/binary-data', {
			params: { id, action },
			responseType: 'arraybuffer',
		});
		return Buffer.from(answer.data);
	}

	/** Descriptions of all node types n8n knows, ours as `n8n-nodes-segmind-kling.klingO3`. */
	async nodeTypes(): Promise<INodeTypeDescription[]> {
		const answer = await this.http.get<INodeTypeDescription[]>('/types/nodes.json', {
			baseURL: this.url,
		});
		return answer.data;
	}

	/** The credential's "Test" button. The credential must be saved; `data` stands in for what is saved. */
	async credentialTest(credential: { id: string; name: string; type: string; data?: object }) {
		return await this.post<CredentialTestResult>('/credentials/test', { credentials: credential });
	}

	/** Saves a workflow under a new ID; with `active: true` it is published and its webhooks answer. */
	async addWorkflow(workflow: Workflow): Promise<Workflow> {
		const body = { settings: {}, ...workflow, id: undefined, active: false };
		const saved = await this.post<Workflow>('/workflows', body);
		if (workflow.active) await this.publish(saved.id);
		return saved;
	}

	/** "Publish" in the editor, until the webhooks answer. */
	async publish(id: string): Promise<void> {
		const workflow = await this.workflow(id);
		const { versionId } = workflow;
		if (this.isVersion1()) await this.http.patch(`/workflows/${id}`, { active: true, versionId });
		else await this.http.post(`/workflows/${id}/activate`, { versionId });
		while (!(await webhooksAnswer(this.url, [{ ...workflow, active: true }]))) {
			await sleep(LOOK_EVERY_MS);
		}
	}

	/** "Unpublish" in the editor. */
	async deactivate(id: string): Promise<void> {
		const { versionId } = await this.workflow(id);
		if (this.isVersion1()) await this.http.patch(`/workflows/${id}`, { active: false, versionId });
		else await this.http.post(`/workflows/${id}/deactivate`);
	}

	/** A workflow as it is saved now. */
	async workflow(id: string): Promise<Workflow> {
		return await this.get<Workflow>(`/workflows/${id}`);
	}

	/** Saves a changed workflow, as the editor does; it stays unpublished. */
	async updateWorkflow(id: string, change: (workflow: Workflow) => void): Promise<void> {
		const workflow = await this.workflow(id);
		change(workflow);
		const { name, nodes, connections, settings, versionId } = workflow;
		await this.http.patch(`/workflows/${id}`, { name, nodes, connections, settings, versionId });
	}

	/**
	 * "Execute workflow" in the editor, for a workflow that starts with a manual or a chat trigger.
	 * @param trigger name of the node to start from
	 * @param json what the trigger gives, such as the message of a chat
	 * @returns ID of the execution, which has only begun
	 */
	async runWorkflowManually(
		workflowId: string,
		trigger: string,
		json?: IDataObject,
	): Promise<string> {
		const workflowData = await this.workflow(workflowId);
		const data = json && {
			startTime: Date.now(),
			executionTime: 0,
			executionIndex: 0,
			executionStatus: 'success',
			source: [],
			data: { main: [[{ json }]] },
		};
		const body = { triggerToStartFrom: { name: trigger, data } };
		const started = await this.post<{ executionId: string }>(
			`/workflows/${workflowId}/run`,
			this.isVersion1() ? { ...body, workflowData } : body,
		);
		return started.executionId;
	}

	/**
	 * A list in a node's panel, as the editor loads it.
	 * @param method name of the node's method
	 * @throws with n8n's message, which the editor shows in place of the list
	 */
	async searchList(
		{ type, typeVersion, parameters, credentials }: WorkflowNode,
		method: string,
		searched: { filter?: string; paginationToken?: string } = {},
	): Promise<INodeListSearchResult> {
		return await this.post('/dynamic-node-parameters/resource-locator-results', {
			path: 'parameters',
			methodName: method,
			nodeTypeAndVersion: { name: type, version: typeVersion },
			currentNodeParameters: parameters,
			credentials,
			...searched,
		});
	}

	/** The rows of a data table, which only n8n 2 has, oldest first. */
	async tableRows<Row = IDataObject>(table: string): Promise<Row[]> {
		const { data } = await this.get<{ data: Row[] }>(`${await this.tablePath(table)}/rows`, {
			sortBy: 'id:asc',
		});
		return data;
	}

	/** "Add row" in the editor's list of data tables. */
	async addTableRows(table: string, rows: IDataObject[]): Promise<void> {
		await this.post(`${await this.tablePath(table)}/insert`, { data: rows });
	}

	private async tablePath(name: string): Promise<string> {
		type Tables = { data: Array<{ id: string; name: string; projectId: string }> };
		const { data } = await this.get<Tables>('/data-tables-global');
		const found = data.find((table) => table.name === name);
		if (!found) throw new Error(`There is no data table "${name}".`);
		return `/projects/${found.projectId}/data-tables/${found.id}`;
	}

	/** All that n8n's database keeps of an execution, as it is stored: for tests that look for a leaked key. */
	async savedExecutionText(id: string): Promise<string> {
		const read = async (table: string, column: string) =>
			await query(this.database, `SELECT * FROM ${table} WHERE ${column} = ?`, [id]);
		const rows = await Promise.all([
			read('execution_entity', 'id'),
			read('execution_data', 'executionId'),
			read('execution_metadata', 'executionId'),
		]);
		return JSON.stringify(rows);
	}

	private isVersion1(): boolean {
		return this.database.installation.version.startsWith('1.');
	}

	/** A busy machine makes n8n answer 503 for a moment ("Database is not ready"): such a moment is waited out. */
	private async get<T>(path: string, params?: object): Promise<T> {
		const deadline = Date.now() + NOT_READY_MS;
		for (;;) {
			try {
				return unwrap<T>(await this.http.get(path, { params }));
			} catch (error) {
				const isNotReady = (error as { status?: number }).status === 503;
				if (!isNotReady || Date.now() > deadline) throw error;
				await sleep(LOOK_EVERY_MS);
			}
		}
	}

	private async post<T>(path: string, body?: object): Promise<T> {
		return unwrap<T>(await this.http.post(path, body));
	}
}

/** n8n puts every answer under `data`. */
function unwrap<T>(answer: AxiosResponse<{ data: T }>): T {
	return answer.data.data;
}

function textOf(body: unknown): string {
	const message = (body as { message?: string } | undefined)?.message;
	return message ?? (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 500);
}
