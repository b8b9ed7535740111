/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** n8n's internal REST API, as its editor uses it, for both pinned versions. */
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { parse } from 'flatted';
import {
	ExecutionStatusList,
	type ExecutionStatus,
	type IDataObject,
	type INodeCredentialTestResult,
	type INodeListSearchResult,
	type INodeTypeDescription,
	type IRunExecutionData,
} from 'n8n-workflow';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { query, type SqliteDatabase } from './database';
import { webhooksAnswer, type Workflow, type WorkflowNode } from './workflow';

/** The account that `setupOwner` creates. Only this machine can reach it. */
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
	status: ExecutionStatus;
	startedAt: string;
	stoppedAt: string | null;
	retryOf?: string | null;
	retrySuccessId?: string | null;
}

/** An execution with the output of its nodes: `data.resultData.runData[node][run].data.main[output][item]`. */
export interface Execution extends ExecutionSummary {
	data: IRunExecutionData;
	workflowData: Workflow;
}

/** n8n puts every answer under `data`. */
type Answer<T> = { data: T };

const UNFINISHED = ['new', 'running', 'waiting'];
const CHECK_EVERY_MS = 250;
const NOT_READY_MS = 60_000;
/** Each call opens its own connection: a busy n8n may close a kept one just when it is used again. */
const DIRECT = { proxy: false, httpAgent: new Agent({ keepAlive: false }) } as const;

export class N8nApi {
	private readonly http: AxiosInstance;

	constructor(
		readonly url: string,
		private readonly database: SqliteDatabase,
	) {
		this.http = axios.create({
			baseURL: `${url}/rest`,
			headers: { 'browser-id': 'harness' },
			...DIRECT,
		});
		this.http.interceptors.response.use(undefined, (error) => {
			// Throw n8n's own message: the dump of an axios error would fill the screen of a failed test.
			const { method = '', url: path = '' } = error.config ?? {};
			const { status } = error.response ?? {};
			const said = status ? `${status} ${textOf(error.response.data)}` : error.message;
			throw Object.assign(new Error(`${method.toUpperCase()} ${path}: ${said}`), { status });
		});
	}

	/** Creates the owner account if there is none, and logs in. The other calls need it; webhooks do not. */
	async setupOwner(): Promise<typeof OWNER> {
		type Settings = { userManagement: { showSetupOnFirstLoad: boolean } };
		const { userManagement } = await this.get<Settings>('/settings');
		const { email: emailOrLdapLoginId, password } = OWNER;
		const { headers } = userManagement.showSetupOnFirstLoad
			? await this.http.post('/owner/setup', OWNER)
			: await this.http.post('/login', { emailOrLdapLoginId, password });
		const cookies = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]);
		this.http.defaults.headers.cookie = cookies.join('; ');
		return OWNER;
	}

	/** Calls a production webhook, and returns an answer of any status. `timeout` in ms; none by default. */
	async runWebhook(
		path: string,
		request: Pick<AxiosRequestConfig, 'data' | 'timeout' | 'method'> = {},
	) {
		const { status, data, headers } = await axios.request<unknown>({
			...{ method: 'POST', data: {}, ...request, ...DIRECT },
			url: `${this.url}/webhook/${path}`,
			validateStatus: () => true,
		});
		return { status, data, headers: headers as Record<string, unknown> };
	}

	/**
	 * The newest executions, newest first. The filter names every status: without a status n8n asks for the running and
	 * the ended ones in two queries, and misses an execution that ends between them.
	 */
	async executions(
		filter: { workflowId?: string; status?: readonly string[] } = {},
	): Promise<ExecutionSummary[]> {
		const named = JSON.stringify({ status: ExecutionStatusList, ...filter });
		const params = { filter: named, limit: 100 };
		return (await this.get<{ results: ExecutionSummary[] }>('/executions', params)).results;
	}

	async execution(id: string): Promise<Execution> {
		const saved = await this.get<Execution & { data: string }>(`/executions/${id}`);
		return { ...saved, data: parse(saved.data) as IRunExecutionData };
	}

	/**
	 * "Retry" of the executions list.
	 * @param loadWorkflow whether to use the currently saved workflow instead of the original one
	 * @returns the new execution after its end
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
			await sleep(CHECK_EVERY_MS);
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
		const options = { params: { id, action }, responseType: 'arraybuffer' } as const;
		return Buffer.from((await this.http.get<ArrayBuffer>('/binary-data', options)).data);
	}

	/** Descriptions of all node types n8n knows, ours as `n8n-nodes-segmind-kling.klingO3`. */
	async nodeTypes(): Promise<INodeTypeDescription[]> {
		const options = { baseURL: this.url };
		return (await this.http.get<INodeTypeDescription[]>('/types/nodes.json', options)).data;
	}

	/** The credential's "Test" button. The credential must be saved; `data` replaces the saved data. */
	async credentialTest(credential: { id: string; name: string; type: string; data?: object }) {
		const body = { credentials: credential };
		return await this.post<INodeCredentialTestResult>('/credentials/test', body);
	}

	/** Saves a workflow under a new ID; with `active: true` it is published and its webhooks answer. */
	async addWorkflow(workflow: Workflow): Promise<Workflow> {
		const body = { settings: {}, ...workflow, id: undefined, active: false };
		const saved = await this.post<Workflow>('/workflows', body);
		if (workflow.active) await this.publish(saved.id);
		return saved;
	}

	/** "Publish" in the editor. Waits until the webhooks answer. */
	async publish(id: string): Promise<void> {
		const workflow = await this.setActive(id, true);
		while (!(await webhooksAnswer(this.url, [{ ...workflow, active: true }]))) {
			await sleep(CHECK_EVERY_MS);
		}
	}

	/** "Unpublish" in the editor. */
	async deactivate(id: string): Promise<void> {
		await this.setActive(id, false);
	}

	private async setActive(id: string, active: boolean): Promise<Workflow> {
		const workflow = await this.workflow(id);
		const { versionId } = workflow;
		const path = `/workflows/${id}`;
		if (this.isVersion1()) await this.http.patch(path, { active, versionId });
		else if (active) await this.http.post(`${path}/activate`, { versionId });
		else await this.http.post(`${path}/deactivate`);
		return workflow;
	}

	/** The currently saved workflow. */
	async workflow(id: string): Promise<Workflow> {
		return await this.get<Workflow>(`/workflows/${id}`);
	}

	/** Saves a changed workflow as the editor does, without publishing it. */
	async updateWorkflow(id: string, change: (workflow: Workflow) => void): Promise<void> {
		const workflow = await this.workflow(id);
		change(workflow);
		const { name, nodes, connections, settings, versionId } = workflow;
		await this.http.patch(`/workflows/${id}`, { name, nodes, connections, settings, versionId });
	}

	/**
	 * "Execute workflow" in the editor, for a workflow that starts with a manual or a chat trigger.
	 * @param trigger name of the node to start from
	 * @param json output of the trigger, for example the message of a chat
	 * @returns ID of the execution, which is still running
	 */
	async runWorkflowManually(
		workflowId: string,
		trigger: string,
		json?: IDataObject,
	): Promise<string> {
		const workflowData = await this.workflow(workflowId);
		const data = json && {
			...{ startTime: Date.now(), executionTime: 0, executionIndex: 0 },
			...{ executionStatus: 'success', source: [], data: { main: [[{ json }]] } },
		};
		const body = {
			triggerToStartFrom: { name: trigger, data },
			...(this.isVersion1() && { workflowData }),
		};
		const path = `/workflows/${workflowId}/run`;
		return (await this.post<{ executionId: string }>(path, body)).executionId;
	}

	/**
	 * Loads a list in a node's panel as the editor does.
	 * @param method name of the node's method
	 * @throws with n8n's message, which the editor shows instead of the list
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

	/** The rows of a data table, oldest first. Only n8n 2 has data tables. */
	async tableRows<Row = IDataObject>(table: string): Promise<Row[]> {
		const path = `${await this.tablePath(table)}/rows`;
		return (await this.get<{ data: Row[] }>(path, { sortBy: 'id:asc' })).data;
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

	/** Everything that n8n's database stores about an execution, for tests that search for a leaked key. */
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

	/** On a busy machine n8n may answer 503 for a moment ("Database is not ready"). Then this retries. */
	private async get<T>(path: string, params?: object): Promise<T> {
		const deadline = Date.now() + NOT_READY_MS;
		for (;;) {
			try {
				return (await this.http.get<Answer<T>>(path, { params })).data.data;
			} catch (error) {
				const isNotReady = (error as { status?: number }).status === 503;
				if (!isNotReady || Date.now() > deadline) throw error;
				await sleep(CHECK_EVERY_MS);
			}
		}
	}

	private async post<T>(path: string, body?: object): Promise<T> {
		return (await this.http.post<Answer<T>>(path, body)).data.data;
	}
}

function textOf(body: unknown): string {
	const message = (body as { message?: string } | undefined)?.message;
	return message ?? (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 500);
}
