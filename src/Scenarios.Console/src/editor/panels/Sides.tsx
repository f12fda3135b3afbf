/** What stands left and right of the canvas. */
import { Button, Group, SegmentedControl } from '@mantine/core';
import { Suspense, useState } from 'react';
import { later } from '../../app/later';
import type { PanelName } from '../address';
import { Palette } from './Palette';
import { Problems } from './Problems';

const About = later(() => import('./About').then((m) => m.About));
const Bin = later(() => import('./Bin').then((m) => m.Bin));
const Outline = later(() => import('./Outline').then((m) => m.Outline));
const Versions = later(() => import('./Versions').then((m) => m.Versions));

export function LeftPanel({ isReadOnly }: { isReadOnly: boolean }) {
  const [tab, setTab] = useState(isReadOnly ? 'outline' : 'add');
  return (
    <aside className="side" aria-label="Elements">
      {isReadOnly ? null : (
        <SegmentedControl
          fullWidth
          size="sm"
          aria-label="Panel"
          value={tab}
          onChange={setTab}
          data={[
            { value: 'add', label: 'Add' },
            { value: 'outline', label: 'Outline' },
          ]}
        />
      )}
      <Suspense>{tab === 'add' ? <Palette /> : <Outline />}</Suspense>
    </aside>
  );
}

const titles: Record<PanelName, string> = { problems: 'Problems', about: 'About', versions: 'Versions', bin: 'Bin' };

export function RightPanel({ panel, onClose }: { panel: PanelName; onClose: () => void }) {
  return (
    <aside className="panel-right" aria-label={titles[panel]}>
      <Group justify="space-between" className="right-head">
        <h2>{titles[panel]}</h2>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onClose}>
          Close
        </Button>
      </Group>
      <div className="right-body">
        <Suspense>
          {panel === 'problems' ? <Problems /> : null}
          {panel === 'about' ? <About /> : null}
          {panel === 'versions' ? <Versions /> : null}
          {panel === 'bin' ? <Bin /> : null}
        </Suspense>
      </div>
    </aside>
  );
}
