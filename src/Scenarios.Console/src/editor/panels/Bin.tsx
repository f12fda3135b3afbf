import { Button, Group, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { emptyBin, putBack } from '../../doc/commands';
import { texts } from '../../texts';
import { Empty } from '../../ui/PageState';
import { Time } from '../../ui/Time';
import { canvas } from '../canvas/view';
import { kindOf, summaryOf, titleOf } from '../elements/registry';
import { useDoc, useEditorStore } from '../store';

/** What was deleted, with its settings. */
export function Bin() {
  const store = useEditorStore();
  const { bin } = useDoc();
  if (bin.length === 0) return <Empty icon={<IconTrash size={36} stroke={1.4} />}>{texts.bin.none}</Empty>;
  return (
    <>
      <ul className="panel-list">
        {bin.map(({ element, at }) => {
          const Icon = kindOf(element.type)?.icon ?? IconTrash;
          return (
            <li key={element.id} className="panel-line">
              <Icon size={18} stroke={1.6} aria-hidden />
              <div className="grow">
                <Text size="sm" fw={600}>
                  {titleOf(element)}
                </Text>
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {summaryOf(element)}
                </Text>
                <Text size="xs" c="dimmed">
                  {at ? (
                    <>
                      deleted <Time at={at} />
                    </>
                  ) : (
                    'deleted by an earlier save'
                  )}
                </Text>
              </div>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  store.getState().run(putBack(element.id, `Put back ${titleOf(element)}`));
                  store.getState().select([element.id]);
                  canvas.goTo(element.id);
                }}
              >
                Put back
              </Button>
            </li>
          );
        })}
      </ul>
      <Group p="md">
        <Button size="xs" variant="subtle" color="gray" onClick={() => store.getState().run(emptyBin('Empty the bin'))}>
          Empty the bin
        </Button>
      </Group>
    </>
  );
}
