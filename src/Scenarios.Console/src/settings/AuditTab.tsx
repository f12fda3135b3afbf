/** Who changed what, the newest first. */
import { Code, Stack, Table, UnstyledButton } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Exact } from '../ui/Exact';
import { Empty } from '../ui/PageState';
import { Pages } from '../ui/Pages';
import { Scroll } from '../ui/Scroll';
import { type AuditEntry, audit } from './api';

export function AuditTab() {
  const list = useInfiniteQuery(audit);
  return (
    <Stack gap="md">
      <Pages list={list} empty={<Empty icon={<IconHistory size={38} stroke={1.4} />}>Nothing was changed yet.</Empty>}>
        {(items) => (
          <Scroll className="list-sheet" label="Table of changes">
            <Table className="list" miw={820} horizontalSpacing="md" aria-label="Audit">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={230}>When</Table.Th>
                  <Table.Th>Who</Table.Th>
                  <Table.Th>Did</Table.Th>
                  <Table.Th>To what</Table.Th>
                  <Table.Th>Detail</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((a) => (
                  <Entry key={a.id} of={a} />
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Pages>
    </Stack>
  );
}

function Entry({ of: a }: { of: AuditEntry }) {
  const [isOpen, setOpen] = useState(false);
  const detail = Object.keys(a.detail).length > 0 ? JSON.stringify(a.detail, null, 1) : '';
  const number = /^scenario\/(\d+)$/.exec(a.subject)?.[1];
  return (
    <Table.Tr className="plain-row">
      <Table.Td>
        <Exact at={a.at} />
      </Table.Td>
      <Table.Td maw={200} className="cut" title={a.actor}>
        {a.actor.replace(/ \([^)]*\)$/, '')}
      </Table.Td>
      <Table.Td>{a.action}</Table.Td>
      <Table.Td maw={260} className="cut" title={a.subject}>
        {number ? (
          <Link to="/scenarios/$number" params={{ number }} className="plain-link">
            scenario #{number}
          </Link>
        ) : (
          a.subject.replace('/', ' ')
        )}
      </Table.Td>
      <Table.Td maw={340}>
        {detail.length > 60 ? (
          <>
            <UnstyledButton className="plain-link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Less' : 'Show'}
            </UnstyledButton>
            {isOpen ? (
              <Code block className="audit-detail">
                {detail}
              </Code>
            ) : null}
          </>
        ) : (
          <span className="wrap">{detail.replaceAll(/[{}"\n]/g, '').trim()}</span>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
