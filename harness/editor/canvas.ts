/** Pictures of a workflow's canvas. */
import type { Editor } from './editor';

/** Large enough for every example at its full size, with the editor's bars around it. */
const WINDOW = { width: 2100, height: 1500 };
/** px around the nodes and their names. */
const MARGIN = 24;

/** The rectangle around all nodes, with their names and notes, as the page shows them. */
const AROUND_NODES = `(() => {
	const parts = document.querySelectorAll('.vue-flow__node, .vue-flow__node *');
	const boxes = [...parts].map((part) => part.getBoundingClientRect()).filter(({ width }) => width > 0);
	const left = Math.min(...boxes.map((box) => box.left));
	const top = Math.min(...boxes.map((box) => box.top));
	return {
		x: left,
		y: top,
		width: Math.max(...boxes.map((box) => box.right)) - left,
		height: Math.max(...boxes.map((box) => box.bottom)) - top,
	};
})()`;

/** Saves the canvas of a workflow, cut to its nodes. */
export async function takeCanvas(editor: Editor, workflowId: string, file: string): Promise<void> {
	const page = editor.window;
	await page.setViewportSize(WINDOW);
	await editor.openWorkflow(workflowId);
	await page.mouse.move(WINDOW.width / 2, 2);
	await editor.picture(file);
	const { x, y, width, height } = (await page.evaluate(AROUND_NODES)) as Record<
		'x' | 'y' | 'width' | 'height',
		number
	>;
	await page.screenshot({
		path: file,
		animations: 'disabled',
		clip: {
			x: x - MARGIN,
			y: y - MARGIN,
			width: width + 2 * MARGIN,
			height: height + 2 * MARGIN,
		},
	});
}
