import { Accordion, Code, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconWebhook } from '@tabler/icons-react';
import { counted } from '../../app/numbers';
import { NumberField } from '../../ui/NumberField';
import { Pairs } from '../../ui/Pairs';
import { kind } from './kind';
import { error } from './outputs';

interface Settings {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  body?: string;
  timeout?: number;
  retries?: number;
  keep?: Record<string, string>;
}

interface Detail {
  code?: string;
  status?: number;
  attempts?: number;
}

/** Empty members are left out, so that the definition says only what was said. */
function without(s: Settings, name: keyof Settings): Settings {
  const { [name]: _, ...rest } = s;
  return rest;
}

function host(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

export const webhook = kind<Settings, Detail>({
  type: 'webhook',
  category: 'action',
  title: 'Webhook',
  what: 'Calls another system and may keep its answer.',
  icon: IconWebhook,
  defaults: () => ({ method: 'POST' }),
  outputs: () => [{ name: 'success' }, error],
  summary: (s) => (s.url ? `${s.method ?? 'POST'} ${host(s.url)}` : 'which address?'),
  decision: ({ code, status, attempts = 1 }, say) => {
    const tries = attempts > 1 ? `, ${counted(attempts, 'attempt')}` : '';
    return status !== undefined ? `answered ${status}${tries}` : code && `${say.reason(code)}${tries}`;
  },
  Form: ({ value, onChange, fault, isReadOnly }) => {
    const hasBody = (value.method ?? 'POST') !== 'GET';
    return (
      <Stack gap="lg">
        <Group gap="xs" align="flex-start" wrap="nowrap">
          <Select
            label="Method"
            data={['GET', 'POST', 'PUT', 'PATCH', 'DELETE']}
            value={value.method ?? 'POST'}
            allowDeselect={false}
            w={110}
            disabled={isReadOnly}
            onChange={(method) => onChange({ ...value, method: method ?? 'POST' })}
          />
          <TextInput
            label="URL"
            withAsterisk
            flex={1}
            placeholder="https://example.com/orders/{{ content.order.id }}"
            value={value.url ?? ''}
            error={fault('/url')}
            disabled={isReadOnly}
            onChange={(e) => onChange(e.currentTarget.value ? { ...value, url: e.currentTarget.value } : without(value, 'url'))}
          />
        </Group>
        {hasBody ? (
          <Textarea
            label="Body"
            description={
              <>
                Liquid: <Code>{'{{ profile.id }}'}</Code> <Code>{'{{ profile.fields.tier }}'}</Code> <Code>{'{{ content.order.id }}'}</Code>{' '}
                <Code>{'{{ steps.ELEMENT.NAME }}'}</Code>
              </>
            }
            autosize
            minRows={4}
            maxRows={14}
            classNames={{ input: 'mono' }}
            placeholder={'{"id": "{{ profile.id }}"}'}
            spellCheck={false}
            value={value.body ?? ''}
            error={fault('/body')}
            disabled={isReadOnly}
            onChange={(e) => onChange(e.currentTarget.value ? { ...value, body: e.currentTarget.value } : without(value, 'body'))}
          />
        ) : null}
        <Accordion
          multiple
          variant="separated"
          defaultValue={[
            ...(value.headers && Object.keys(value.headers).length > 0 ? ['headers'] : []),
            ...(value.keep && Object.keys(value.keep).length > 0 ? ['keep'] : []),
          ]}
        >
          <Accordion.Item value="headers">
            <Accordion.Control>Headers</Accordion.Control>
            <Accordion.Panel>
              <Pairs
                label="Headers"
                names="Name"
                values="Value"
                value={value.headers ?? {}}
                fault={(name) => fault(`/headers/${name}`)}
                isReadOnly={isReadOnly}
                onChange={(headers) => onChange(Object.keys(headers).length > 0 ? { ...value, headers } : without(value, 'headers'))}
              />
            </Accordion.Panel>
          </Accordion.Item>
          <Accordion.Item value="keep">
            <Accordion.Control>Keep of the answer</Accordion.Control>
            <Accordion.Panel>
              <Pairs
                label="Keep"
                description="A name, and where it stands in the JSON that comes back: /customer/id"
                names="Name"
                values="JSON pointer"
                value={value.keep ?? {}}
                fault={(name) => fault(`/keep/${name}`)}
                isReadOnly={isReadOnly}
                onChange={(keep) => onChange(Object.keys(keep).length > 0 ? { ...value, keep } : without(value, 'keep'))}
              />
            </Accordion.Panel>
          </Accordion.Item>
          <Accordion.Item value="patience">
            <Accordion.Control>Time-out and retries</Accordion.Control>
            <Accordion.Panel>
              <Group gap="sm">
                <NumberField
                  label="Time-out"
                  unit="s"
                  min={1}
                  max={60}
                  value={value.timeout ?? 10}
                  w={120}
                  disabled={isReadOnly}
                  error={fault('/timeout')}
                  onChange={(n) => onChange({ ...value, timeout: n || 10 })}
                />
                <NumberField
                  label="Retries"
                  min={0}
                  max={10}
                  value={value.retries ?? 3}
                  w={120}
                  disabled={isReadOnly}
                  error={fault('/retries')}
                  onChange={(n) => onChange({ ...value, retries: n ?? 0 })}
                />
              </Group>
              <Text size="sm" c="dimmed" mt="xs">
                Each try carries the same Idempotency-Key and is signed.
              </Text>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      </Stack>
    );
  },
});
