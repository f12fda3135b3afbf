/** Many profiles from a file: look at its first lines, send it, see how far it is, and which lines were refused and why. */
import { Alert, Button, FileButton, Group, Progress, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconCheck, IconFileUpload, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type DragEvent, useEffect, useState } from 'react';
import { isApiError } from '../api/client';
import { databases } from '../api/queries';
import type { Database } from '../api/types';
import { useSession } from '../app/auth';
import { counted, exact } from '../app/numbers';
import { texts } from '../texts';
import { Failure, PageState } from '../ui/PageState';
import { Scroll } from '../ui/Scroll';
import { type FileKind, type ImportAnswer, kindOfFile, type Preview, preview, type Upload, upload } from './upload';
import './profiles.css';

const route = getRouteApi('/profiles/import');

export function ImportPage() {
  useDocumentTitle('Import profiles');
  const { db } = route.useSearch();
  const navigate = useNavigate();
  const who = useSession();
  const all = useQuery(databases);
  const chosen = all.data?.items.find((d) => d.name === db) ?? all.data?.items[0];
  return (
    <div className="page">
      <Stack gap="lg">
        <div>
          <Text size="sm" c="dimmed">
            <Link to="/profiles" search={{ db: chosen?.name }} className="plain-link">
              Profiles
            </Link>
          </Text>
          <Title order={1} size="h2">
            Import
          </Title>
        </div>
        <PageState isPending={all.isPending} error={all.error} hasData={all.data !== undefined} retry={() => void all.refetch()}>
          {!who.may('editor') ? (
            <Alert color="gray">Your token has the role {who.role}: an editor can import.</Alert>
          ) : chosen ? (
            <Import
              key={chosen.name}
              db={chosen}
              choose={
                <Select
                  label="Into the database"
                  data={all.data?.items.map((d) => d.name) ?? []}
                  value={chosen.name}
                  allowDeselect={false}
                  w={280}
                  onChange={(name) => void navigate({ to: '/profiles/import', search: { db: name ?? undefined }, replace: true })}
                />
              }
            />
          ) : (
            <Alert color="gray">{texts.profiles.noDatabase}</Alert>
          )}
        </PageState>
      </Stack>
    </div>
  );
}

type State =
  | { kind: 'choosing' }
  | { kind: 'sending'; sent: number; way: Upload }
  | { kind: 'done'; answer: ImportAnswer }
  | { kind: 'refused'; error: unknown }
  | { kind: 'cancelled' };

interface Chosen {
  file: File;
  kind: FileKind;
}

function Import({ db, choose }: { db: Database; choose: React.ReactNode }) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [state, setState] = useState<State>({ kind: 'choosing' });
  const [problem, setProblem] = useState<string | null>(null);
  const isSending = state.kind === 'sending';
  // Leaving would cut it off.
  useEffect(() => {
    if (!isSending) return;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isSending]);

  function take(file: File | null | undefined) {
    if (!file) return;
    const kind = kindOfFile(file.name);
    setProblem(kind ? (file.size === 0 ? `“${file.name}” is empty.` : null) : `“${file.name}” is neither CSV (.csv) nor NDJSON (.ndjson, .jsonl).`);
    setChosen(kind && file.size > 0 ? { file, kind } : null);
    setState({ kind: 'choosing' });
  }

  async function send({ file, kind }: Chosen) {
    const way = upload(db.name, file, kind, (sent) => setState((s) => (s.kind === 'sending' ? { ...s, sent } : s)));
    setState({ kind: 'sending', sent: 0, way });
    try {
      setState({ kind: 'done', answer: await way.promise });
    } catch (error) {
      setState(error instanceof DOMException ? { kind: 'cancelled' } : { kind: 'refused', error });
    }
    void client.invalidateQueries({ queryKey: ['profiles', db.name] });
  }

  if (state.kind === 'done' && chosen)
    return (
      <Result
        answer={state.answer}
        name={chosen.file.name}
        db={db}
        again={() => {
          setChosen(null);
          setState({ kind: 'choosing' });
        }}
      />
    );
  return (
    <Stack gap="lg">
      {choose}
      <Drop take={take} isDisabled={isSending} chosen={chosen} fields={db.fields.map((f) => f.name)} />
      {problem ? <Alert color="red">{problem}</Alert> : null}
      {chosen ? <Look key={`${chosen.file.name} ${chosen.file.lastModified}`} chosen={chosen} db={db} /> : null}
      {state.kind === 'refused' ? <Refusal error={state.error} /> : null}
      {state.kind === 'cancelled' ? <Alert color="yellow">Cancelled. {texts.import.cut}</Alert> : null}
      {isSending ? (
        <Sending sent={state.sent} of={chosen?.file.size ?? 0} abort={state.way.abort} />
      ) : chosen ? (
        <Group gap="lg">
          <Button leftSection={<IconFileUpload size={18} />} onClick={() => void send(chosen)}>
            Import {chosen.file.name}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function Drop({
  take,
  isDisabled,
  chosen,
  fields,
}: {
  take: (file: File | null | undefined) => void;
  isDisabled: boolean;
  chosen: Chosen | null;
  fields: readonly string[];
}) {
  const [isOver, setOver] = useState(false);
  const onDrop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    if (!isDisabled) take(e.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut of the button inside
    <div
      className="drop"
      data-over={isOver || undefined}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <IconFileUpload size={36} stroke={1.4} aria-hidden />
      <FileButton onChange={take} accept=".csv,.txt,.ndjson,.jsonl,.json" inputProps={{ 'aria-label': 'File to import' }}>
        {(props) => (
          <Button {...props} variant="default" disabled={isDisabled}>
            {chosen ? 'Choose another file' : 'Choose a file'}
          </Button>
        )}
      </FileButton>
      <Text size="sm" c="dimmed" maw={640}>
        {texts.import.csv(fields)}
      </Text>
      <Text size="sm" c="dimmed" maw={640}>
        {texts.import.ndjson}
      </Text>
    </div>
  );
}

const own = ['id', 'email', 'phone', 'timeZone'];

function Look({ chosen: { file, kind }, db }: { chosen: Chosen; db: Database }) {
  const [seen, setSeen] = useState<Preview | null>(null);
  useEffect(() => {
    let isOld = false;
    void preview(file, kind).then((p) => {
      if (!isOld) setSeen(p);
    });
    return () => {
      isOld = true;
    };
  }, [file, kind]);
  if (!seen) return null;
  const known = new Set([...own, ...(kind === 'ndjson' ? ['subscriptions'] : []), ...db.fields.map((f) => f.name)]);
  const unknown = seen.columns.filter((c) => !known.has(c));
  return (
    <section className="sheet" aria-label="The file">
      <h2 className="sheet-title">
        {file.name}, {size(file.size)}, as {kind === 'csv' ? 'CSV' : 'NDJSON'}
      </h2>
      <Stack gap="sm">
        <div className="import-columns">
          {seen.columns.map((c, i) => (
            <span key={i} className="chip" data-tone={known.has(c) ? 'good' : 'bad'}>
              {known.has(c) ? <IconCheck size={12} aria-hidden /> : <IconX size={12} aria-hidden />} {c || '(no name)'}
            </span>
          ))}
        </div>
        {!seen.columns.includes('id') ? <Alert color="red">There is no column “id”: every profile needs its id.</Alert> : null}
        {unknown.length > 0 ? (
          <Alert color="yellow">
            The database has no {unknown.length === 1 ? 'field' : 'fields'} {unknown.map((c) => `“${c}”`).join(', ')}:{' '}
            {kind === 'csv' ? 'the file will be refused' : 'records that name them will be refused'}. Add {unknown.length === 1 ? 'it' : 'them'} to
            the database first.
          </Alert>
        ) : null}
        <Scroll className="list-sheet" label="Rows of the file">
          <Table className="list" miw={480} aria-label="The first records">
            <Table.Thead>
              <Table.Tr>
                {seen.columns.map((c, i) => (
                  <Table.Th key={i}>{c}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {seen.rows.slice(0, 5).map((r, i) => (
                <Table.Tr key={i} className="plain-row">
                  {seen.columns.map((_, j) => (
                    <Table.Td key={j} maw={220} className="cut" title={r[j]}>
                      {r[j]}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      </Stack>
    </section>
  );
}

const size = (bytes: number) => (bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

function Sending({ sent, of, abort }: { sent: number; of: number; abort: () => void }) {
  const share = of > 0 ? Math.min(100, Math.round((sent / of) * 100)) : 0;
  return (
    <section className="sheet" aria-label="Progress">
      <Stack gap="sm">
        <Group justify="space-between">
          <Text size="sm" role="status">
            {share < 100 ? `${size(sent)} of ${size(of)} sent` : 'All is sent; the last profiles are being merged'}
          </Text>
          <Text size="sm" className="number">
            {share} %
          </Text>
        </Group>
        <Progress value={share} aria-label="Sent" animated={share === 100} size="md" />
        <Group justify="flex-end">
          <Button size="sm" variant="default" onClick={abort}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </section>
  );
}

function Refusal({ error }: { error: unknown }) {
  const errors = isApiError(error) ? error.errors : [];
  if (errors.length === 0) return <Failure error={error} />;
  return (
    <Alert color="red" title="The file was refused">
      <ul className="plain-list">
        {errors.slice(0, 20).map((e) => (
          <li key={e.path + e.code}>{e.message}</li>
        ))}
      </ul>
    </Alert>
  );
}

function Result({ answer, name, db, again }: { answer: ImportAnswer; name: string; db: Database; again: () => void }) {
  return (
    <Stack gap="lg">
      <section className="sheet" aria-label="Result">
        <h2 className="sheet-title">{name} is imported</h2>
        <dl className="profile-facts import-counts">
          {(
            [
              ['Created', answer.created],
              ['Changed', answer.updated],
              ['Refused', answer.failed],
            ] as const
          ).map(([term, n]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd className="number">{exact(n)}</dd>
            </div>
          ))}
        </dl>
        <Group mt="md" gap="sm">
          <Button renderRoot={(props) => <Link to="/profiles" search={{ db: db.name }} {...props} />}>To the profiles</Button>
          <Button variant="default" onClick={again}>
            Import another file
          </Button>
        </Group>
      </section>
      {answer.errors.length > 0 ? (
        <section className="sheet" aria-label="Refused">
          <h2 className="sheet-title">
            {counted(answer.failed, 'record was', 'records were')} refused
            {answer.failed > answer.errors.length ? `; the first ${exact(answer.errors.length)} faults` : ''}
          </h2>
          <Scroll className="list-sheet" label="Faults">
            <Table className="list" miw={560} aria-label="Errors by line">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={90} className="number">
                    Line
                  </Table.Th>
                  <Table.Th w={180}>Where</Table.Th>
                  <Table.Th>What</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {answer.errors.map((e, i) => (
                  <Table.Tr key={i} className="plain-row">
                    <Table.Td className="number">{exact(e.line)}</Table.Td>
                    <Table.Td maw={220} className="cut" title={e.path}>
                      {e.path.replace(/^\//, '').replace(/^fields\//, '') || 'the record'}
                    </Table.Td>
                    <Table.Td className="wrap">{e.message}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        </section>
      ) : null}
    </Stack>
  );
}
