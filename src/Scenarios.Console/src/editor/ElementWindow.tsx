/** The settings of an element: its form, what it means in words, what is wrong with it. Applied as one step, or not at all. */
import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useMemo, useState } from 'react';
import { database } from '../api/queries';
import { change } from '../doc/commands';
import { canonical } from '../doc/diff';
import { type Element, elementOf, startId } from '../doc/model';
import { Window } from '../ui/Window';
import { canvas } from './canvas/view';
import { categories } from './elements/kind';
import { kindOf, outputNames } from './elements/registry';
import { settingOf, useDoc, useEditor, useEditorStore } from './store';
import { useProblemsOf } from './validation';

export function ElementWindow() {
  const open = useEditor((s) => s.window);
  const doc = useDoc();
  const element = open ? elementOf(doc, open.id) : undefined;
  return open && element ? <Open key={open.id} element={element} isNew={open.isNew} /> : null;
}

function Open({ element, isNew }: { element: Element; isNew: boolean }) {
  const store = useEditorStore();
  const doc = useDoc();
  const base = useEditor((s) => s.base);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const [name, setName] = useState(element.name ?? '');
  const [settings, setSettings] = useState(element.settings);
  // From the outputs as they are saved to their names now.
  const [renamed, setRenamed] = useState<Record<string, string>>({});
  const { data: db } = useQuery(database(base.database));
  const kind = kindOf(element.type);

  const tentative = useMemo(() => {
    const next = change(element.id, { name: name.trim(), settings }, outputNames({ ...element, settings }), renamed, '');
    return kind ? next.apply(doc) : doc;
  }, [doc, element, name, settings, renamed, kind]);
  const problems = (useProblemsOf(base.number, tentative) ?? []).filter((p) => p.element === element.id);
  const isTouched = name.trim() !== (element.name ?? '') || canonical(settings) !== canonical(element.settings);
  const [asks, setAsks] = useState(false);

  const leave = () => {
    store.getState().set({ window: null });
    // After the window has given the focus back to whatever had it.
    setTimeout(() => canvas.goTo(elementOf(store.getState().history.doc, element.id) ? element.id : startId), 0);
  };
  const cancel = () => {
    if (isTouched && !asks && !isReadOnly) return setAsks(true);
    // A new one that was not wanted goes as it came, and leaves no step behind.
    if (isNew) store.getState().undo();
    leave();
  };
  const apply = () => {
    if (isTouched && kind)
      store
        .getState()
        .run(change(element.id, { name: name.trim(), settings }, outputNames({ ...element, settings }), renamed, `Change ${kind.title}`));
    leave();
  };

  if (!kind)
    return (
      <Window onClose={leave} title={element.type} size="lg">
        <Text mb="sm">This console does not know this type of element. Its settings are kept as they are:</Text>
        <pre className="sample">{JSON.stringify(element.settings, null, 2)}</pre>
      </Window>
    );
  // What the fields themselves do not show.
  const shown = new Set<string>();
  const fault = (path: string) => {
    const found = problems.find((p) => settingOf(p) === path);
    if (found) shown.add(path);
    return found?.message;
  };
  const form = (
    <kind.Form
      value={settings}
      onChange={setSettings}
      fault={fault}
      fields={db?.fields ?? []}
      elements={doc.elements.filter((e) => e.id !== element.id)}
      number={base.number}
      database={base.database}
      isReadOnly={isReadOnly}
      onRename={(from, to) => setRenamed((now) => rename(now, from, to))}
    />
  );
  const general = problems.filter((p) => settingOf(p) === '' || p.code === 'incomplete');
  return (
    <Window
      onClose={cancel}
      onKeyDown={(e) => {
        if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey) || isReadOnly) return;
        e.preventDefault();
        apply();
      }}
      size={kind.size ?? 680}
      title={
        <Group gap="sm" wrap="nowrap" data-category={kind.category} className="window-title">
          <span className="el-icon" aria-hidden>
            <kind.icon size={20} stroke={1.7} />
          </span>
          <span>
            <span className="window-kind">{kind.title}</span>
            <span className="window-category">{categories[kind.category]}</span>
          </span>
        </Group>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          apply();
        }}
      >
        <Stack gap="lg">
          <TextInput
            label="Name"
            data-autofocus
            placeholder={kind.title}
            value={name}
            maxLength={200}
            disabled={isReadOnly}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          {/* A form may be fetched just now. */}
          <Suspense>{form}</Suspense>
          {general.length > 0 && isTouched ? (
            <Alert color="yellow" p="xs">
              {general.map((p) => (
                <Text key={p.path + p.message} size="sm">
                  {p.message}
                </Text>
              ))}
            </Alert>
          ) : null}
          <div className="in-words">
            <Text size="sm">
              <Text span c="dimmed">
                In words:{' '}
              </Text>
              {kind.words?.(settings) ?? kind.summary(settings)}
            </Text>
          </div>
          {asks ? (
            <Alert color="yellow" title="Close without applying?" role="alertdialog">
              <Group gap="xs">
                <Button size="xs" variant="default" onClick={() => setAsks(false)} autoFocus>
                  Go on editing
                </Button>
                <Button size="xs" color="red.8" onClick={cancel}>
                  Discard
                </Button>
              </Group>
            </Alert>
          ) : (
            <Group justify="flex-end" className="window-foot">
              <Button variant="default" onClick={cancel}>
                {isReadOnly ? 'Close' : 'Cancel'}
              </Button>
              {isReadOnly ? null : <Button type="submit">Apply</Button>}
            </Group>
          )}
        </Stack>
      </form>
    </Window>
  );
}

function rename(now: Record<string, string>, from: string, to: string): Record<string, string> {
  const origin = Object.entries(now).find(([, current]) => current === from)?.[0] ?? from;
  return { ...now, [origin]: to };
}
