/**
 * The drawing surface; nothing outside of this folder knows the library. What makes it quick: boxes and links are drawn anew only
 * when their own element changed, live numbers never pass through here, the zoom is a CSS variable, sizes are fixed. Its own
 * keys are switched off: they listen everywhere, also behind an open window.
 */
import '@xyflow/react/dist/base.css';
import './canvas.css';
import { ActionIcon, Tooltip, useComputedColorScheme } from '@mantine/core';
import { IconFocusCentered, IconMinus, IconPlus } from '@tabler/icons-react';
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  type Connection,
  ConnectionLineType,
  MiniMap,
  type NodeChange,
  type OnConnectEnd,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useReactFlow,
  type Viewport,
} from '@xyflow/react';
import { type DragEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { link, move } from '../../doc/commands';
import type { ChangeKind } from '../../doc/diff';
import { linkId } from '../../doc/lanes';
import { elementOf, nodeHeight, nodeWidth, placeOf } from '../../doc/model';
import { texts } from '../../texts';
import { notice } from '../../ui/notices';
import { isTrigger, kindOf, outputLabel } from '../elements/registry';
import { insertAt, openPort } from '../insert';
import { useDoc, useEditor, useEditorStore } from '../store';
import { useBoxes, useLinks } from './drawn';
import { ElementNode, type ElementNodeType } from './ElementNode';
import { centerOf, fitFromTop, isInView, useCentre } from './fit';
import { IconSheet } from './icons';
import { onCanvasKeys, useClipboard } from './keys';
import { LinkEdge, type LinkEdgeType, LinkLayer } from './LinkEdge';
import { useOpenStanding } from './paint';
import { publishCanvas } from './view';
import { readView, useZoom } from './zoom';

export const paletteType = 'application/x-scenarios-element';

const nodeTypes = { element: ElementNode };
const edgeTypes = { link: LinkEdge };
const snapGrid: [number, number] = [8, 8];
const panButtons = [1, 2];
const proOptions = { hideAttribution: true };

interface Props {
  /** Differences to be painted, by element. */
  marks?: ReadonlyMap<string, ChangeKind> | undefined;
  /** Under which the view is kept over a reload. */
  viewKey: string;
}

export function Canvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Surface {...props} />
    </ReactFlowProvider>
  );
}

function Surface({ marks, viewKey }: Props) {
  const store = useEditorStore();
  const doc = useDoc();
  const selected = useEditor((s) => s.selected);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const linking = useEditor((s) => s.linking);
  const scheme = useComputedColorScheme('light');
  const flow = useReactFlow<ElementNodeType, LinkEdgeType>();
  const surface = useRef<HTMLDivElement>(null);
  const [pickedLink, setPickedLink] = useState<string | null>(null);
  const [litLink, setLitLink] = useState<string | null>(null);
  const [nodes, setNodes] = useBoxes(doc, selected, marks);
  const edges = useLinks(doc, pickedLink, litLink);

  // What is chosen lives in the store alone: told twice, it would go round and round.
  const onNodesChange = useCallback(
    (changes: NodeChange<ElementNodeType>[]) => {
      const others = changes.filter((c) => c.type !== 'select');
      if (others.length > 0) setNodes((now) => applyNodeChanges(others, now));
      if (others.length === changes.length) return;
      const next = new Set(store.getState().selected);
      for (const c of changes)
        if (c.type === 'select') {
          if (c.selected) next.add(c.id);
          else next.delete(c.id);
        }
      store.getState().select(next);
    },
    [store, setNodes],
  );

  const onNodeDragStop = useCallback(
    (_: unknown, __: unknown, dragged: ElementNodeType[]) => {
      const { doc: now } = store.getState().history;
      const moved = dragged.filter((n) => placeOf(now, n.id).x !== n.position.x || placeOf(now, n.id).y !== n.position.y);
      if (moved.length > 0)
        store
          .getState()
          .run(
            move(Object.fromEntries(moved.map((n) => [n.id, n.position])), moved.length === 1 ? 'Move an element' : `Move ${moved.length} elements`),
          );
    },
    [store],
  );

  const connect = useCallback(
    (from: string, output: string, to: string) => {
      const { doc: now } = store.getState().history;
      const target = elementOf(now, to);
      if (!target || isTrigger(target)) return;
      if (from === to) {
        notice(texts.editor.noSelfLink, { isBad: true });
        return;
      }
      const taken = now.links.find((l) => l.from === from && l.output === output);
      if (taken?.to === to) return;
      store.getState().run(link({ from, output, to }, 'Link'));
      if (taken)
        notice(texts.editor.replaced(outputLabel(elementOf(now, from), output)), { action: { label: 'Undo', run: () => store.getState().undo() } });
    },
    [store],
  );

  // A link let go over empty ground asks what shall come there; over an element it means the element.
  const onConnectEnd = useCallback<OnConnectEnd>(
    (event, state) => {
      if (state.isValid || !state.fromNode || state.fromHandle?.type !== 'source' || !state.fromHandle.id) return;
      const { clientX, clientY } = 'changedTouches' in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event;
      const over = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-el]')?.dataset.el;
      if (over) return connect(state.fromNode.id, state.fromHandle.id, over);
      const at = flow.screenToFlowPosition({ x: clientX, y: clientY });
      store.getState().set({
        insertAt: {
          x: clientX,
          y: clientY,
          port: { from: state.fromNode.id, output: state.fromHandle.id },
          place: { x: at.x - nodeWidth(1) / 2, y: at.y },
        },
      });
    },
    [connect, flow, store],
  );

  const focusElement = useCallback((id: string) => {
    const box = surface.current?.querySelector<HTMLElement>(`[data-el="${CSS.escape(id)}"]`);
    for (const other of surface.current?.querySelectorAll<HTMLElement>('[data-el][tabindex="0"]') ?? []) other.tabIndex = -1;
    if (box) {
      box.tabIndex = 0;
      box.focus({ preventScroll: true });
    }
  }, []);

  /** Brings an element into view; one that is in view already stays where it is. */
  const show = useCallback(
    (id: string) => {
      const place = placeOf(store.getState().history.doc, id);
      if (isInView(surface.current, flow.getViewport(), place)) return;
      void flow.setCenter(place.x + nodeWidth(1) / 2, place.y + nodeHeight / 2, { zoom: Math.max(flow.getZoom(), 0.8), duration: 200 });
    },
    [flow, store],
  );

  const fit = useCallback((duration = 200) => fitFromTop(surface.current, flow, store.getState().history.doc, duration), [flow, store]);

  useEffect(
    () => publishCanvas({ focus: focusElement, show, fit: () => fit(), center: () => centerOf(surface.current, flow.screenToFlowPosition) }),
    [focusElement, show, fit, flow],
  );

  // The first element takes the tab key until another one has had the focus.
  useEffect(() => {
    const boxes = surface.current?.querySelectorAll<HTMLElement>('[data-el]');
    if (boxes && nodes.length > 0 && boxes.length > 0 && ![...boxes].some((b) => b.tabIndex === 0)) (boxes[0] as HTMLElement).tabIndex = 0;
  }, [nodes.length]);

  useZoom(surface, viewKey);
  useCentre(surface);
  useClipboard(surface, () => centerOf(surface.current, flow.screenToFlowPosition));
  const openStanding = useOpenStanding();
  const onKeyDown = useMemo(
    () => onCanvasKeys({ store, focus: focusElement, show, fit, flow, connect, openStanding }),
    [store, focusElement, show, fit, flow, connect, openStanding],
  );

  const overLink = (e: DragEvent) =>
    document
      .elementsFromPoint(e.clientX, e.clientY)
      .find((el) => el.closest('.react-flow__edge'))
      ?.closest<HTMLElement>('.react-flow__edge')?.dataset.id;

  function onDrop(e: DragEvent) {
    const type = e.dataTransfer.getData(paletteType);
    if (!type) return;
    e.preventDefault();
    setLitLink(null);
    const over = overLink(e);
    const onElement = (document.elementFromPoint(e.clientX, e.clientY) as HTMLElement | null)?.closest<HTMLElement>('[data-el]')?.dataset.el;
    const at = flow.screenToFlowPosition({ x: e.clientX, y: e.clientY });
    const { doc: now } = store.getState().history;
    if (over) {
      const found = now.links.find((l) => linkId(l.from, l.output) === over);
      if (found) return insertAt(store, type, { from: found.from, output: found.output }, null);
    }
    const target = onElement ? elementOf(now, onElement) : undefined;
    if (target) return insertAt(store, type, openPort(store, target), null);
    insertAt(store, type, null, { x: at.x - nodeWidth(1) / 2, y: at.y - nodeHeight / 2 });
  }

  // Each of these is handed down to every box or link, and a new one would draw them all: with every step of a drag.
  const onConnect = useCallback(
    (c: Connection) => {
      if (c.sourceHandle) connect(c.source, c.sourceHandle, c.target);
    },
    [connect],
  );
  const onNodeClick = useCallback(
    (_: unknown, n: ElementNodeType) => {
      const { linking: from, set } = store.getState();
      if (from) {
        connect(from.from, from.output, n.id);
        set({ linking: null });
      }
      focusElement(n.id);
    },
    [store, connect, focusElement],
  );
  const onNodeContextMenu = useCallback(
    (e: MouseEvent, n: ElementNodeType) => {
      e.preventDefault();
      if (!store.getState().selected.has(n.id)) store.getState().select([n.id]);
      focusElement(n.id);
      store.getState().set({ menuAt: { id: n.id, x: e.clientX, y: e.clientY } });
    },
    [store, focusElement],
  );
  const onNodeDoubleClick = useCallback((_: unknown, n: ElementNodeType) => store.getState().set({ window: { id: n.id, isNew: false } }), [store]);
  const onEdgeClick = useCallback((_: unknown, e: LinkEdgeType) => setPickedLink(e.id), []);
  const onPaneClick = useCallback(() => {
    setPickedLink(null);
    store.getState().set({ linking: null });
  }, [store]);

  const [layer, setLayer] = useState<Element | null>(null);
  useLayoutEffect(() => setLayer(surface.current?.querySelector('.react-flow__edgelabel-renderer') ?? null), []);

  const start = useRef<Viewport | null>(readView(viewKey));
  return (
    // The keys of the canvas belong to it and to nothing else: they need the focus on an element, or on the surface.
    <div
      ref={surface}
      className="surface"
      data-linking={linking !== null || undefined}
      data-lit={litLink ?? undefined}
      onKeyDown={onKeyDown}
      role="application"
      aria-label="Canvas"
      tabIndex={-1}
    >
      <IconSheet />
      <LinkLayer value={layer}>
        <ReactFlow<ElementNodeType, LinkEdgeType>
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodesChange={onNodesChange}
          onNodeDragStop={onNodeDragStop}
          onConnect={onConnect}
          onConnectEnd={onConnectEnd}
          onNodeClick={onNodeClick}
          onNodeContextMenu={onNodeContextMenu}
          onNodeDoubleClick={onNodeDoubleClick}
          onEdgeClick={onEdgeClick}
          onPaneClick={onPaneClick}
          onDragOver={(e) => {
            if (!e.dataTransfer.types.includes(paletteType)) return;
            e.preventDefault();
            setLitLink(overLink(e) ?? null);
          }}
          onDragLeave={() => setLitLink(null)}
          onDrop={onDrop}
          colorMode={scheme}
          connectionLineType={ConnectionLineType.SmoothStep}
          connectionRadius={28}
          nodesDraggable={!isReadOnly}
          nodesConnectable={!isReadOnly}
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode="Shift"
          panActivationKeyCode="Space"
          selectionOnDrag
          selectionMode={SelectionMode.Partial}
          panOnScroll
          panOnDrag={panButtons}
          zoomOnDoubleClick={false}
          zoomActivationKeyCode="Control"
          snapToGrid
          snapGrid={snapGrid}
          minZoom={0.05}
          maxZoom={2}
          {...(start.current ? { defaultViewport: start.current } : {})}
          onInit={() => {
            if (!start.current) fit(0);
          }}
          proOptions={proOptions}
        >
          <Background variant={BackgroundVariant.Dots} gap={24} size={1.4} />
          <MiniMap pannable zoomable position="bottom-right" ariaLabel="Map of the graph" nodeColor={colorOf} nodeBorderRadius={12} className="map" />
          <Panel position="bottom-left" className="zoom">
            <ZoomButtons fit={() => fit()} />
          </Panel>
          {linking ? (
            <Panel position="top-center" className="linking" role="status">
              Choose the element that “{outputLabel(elementOf(doc, linking.from), linking.output)}” leads to. Esc ends it.
            </Panel>
          ) : null}
        </ReactFlow>
      </LinkLayer>
    </div>
  );
}

const colors: Record<string, string> = { trigger: 'var(--trigger)', operator: 'var(--operator)', channel: 'var(--channel)', action: 'var(--action)' };
const colorOf = (n: ElementNodeType) => colors[kindOf(n.data.element.type)?.category ?? ''] ?? '#868e96';

function ZoomButtons({ fit }: { fit: () => void }) {
  const flow = useReactFlow();
  const button = (label: string, icon: React.ReactNode, run: () => void) => (
    <Tooltip label={label} position="right">
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={run}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  return (
    <>
      {button('Zoom in', <IconPlus size={18} />, () => void flow.zoomIn({ duration: 120 }))}
      {button('Zoom out', <IconMinus size={18} />, () => void flow.zoomOut({ duration: 120 }))}
      {button('Fit (1)', <IconFocusCentered size={18} />, fit)}
    </>
  );
}
