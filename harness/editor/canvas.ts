/** Pictures of a workflow's canvas. */
import type { Editor } from './editor';

/** Large enough for every example at its full size, with the editor's bars around it. */
const WINDOW = { width: 2100, height: 1300 };
/** px around the nodes and their names. */
const MARGIN = 24;

interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** The canvas's dots say nothing and make the file larger. */
const WITHOUT_DOTS = '.vue-flow__background { display: none !important; }';

/** The rectangle around all nodes, their names and connections, as far as they can be seen. */
const AROUND_NODES = `(() => {
	const parts = document.querySelectorAll(
		'.vue-flow__node, .vue-flow__node *, .vue-flow__edge-path, .vue-flow__edge-label',
	);
	const boxes = [...parts]
		.filter((part) => part.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
		// Shown when the mouse is over a node only, without a change of its opacity.
		.filter((part) => !part.closest('[data-test-id*="toolbar"], [class*="toolbar"]'))
		.map((part) => part.getBoundingClientRect())
		.filter(({ width, height }) => width + height > 0);
	const x = Math.min(...boxes.map(({ left }) => left));
	const y = Math.min(...boxes.map(({ top }) => top));
	return {
		x,
		y,
		width: Math.max(...boxes.map(({ right }) => right)) - x,
		height: Math.max(...boxes.map(({ bottom }) => bottom)) - y,
	};
})()`;

/** Saves the canvas of a workflow, cut to its nodes. */
export async function takeCanvas(editor: Editor, workflowId: string, file: string): Promise<void> {
	const page = editor.window;
	await page.setViewportSize(WINDOW);
	await editor.openWorkflow(workflowId);
	const { x, y, width, height } = (await page.evaluate(AROUND_NODES)) as Box;
	const clip = {
		x: x - MARGIN,
		y: y - MARGIN,
		width: width + 2 * MARGIN,
		height: height + 2 * MARGIN,
	};
	await page.screenshot({ path: file, animations: 'disabled', style: WITHOUT_DOTS, clip });
}
