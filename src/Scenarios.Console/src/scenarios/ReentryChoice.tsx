/** The four re-entry modes: each with its sentence, and what it does with who is inside and who has left. */
import { Radio } from '@mantine/core';
import { IconArrowBackUp, IconBan, IconLogin2, IconStack2 } from '@tabler/icons-react';
import type { ReentryMode } from '../api/types';
import { reentryModes } from '../texts';

const icons = { declined: IconBan, enters: IconLogin2, 'starts again': IconArrowBackUp, 'enters once more': IconStack2 };

type Outcome = keyof typeof icons;

const outcomes: Record<ReentryMode, { inside: Outcome; left: Outcome }> = {
  never: { inside: 'declined', left: 'declined' },
  afterExit: { inside: 'declined', left: 'enters' },
  restart: { inside: 'starts again', left: 'enters' },
  parallel: { inside: 'enters once more', left: 'enters' },
};

export function ReentryChoice({ value, onChange, isReadOnly }: { value: ReentryMode; onChange: (mode: ReentryMode) => void; isReadOnly?: boolean }) {
  return (
    <Radio.Group
      label="Re-entry"
      description="What a capture does with a profile that is inside, or was."
      value={value}
      onChange={(v) => onChange(v as ReentryMode)}
    >
      <div className="choices">
        {(Object.keys(reentryModes) as ReentryMode[]).map((mode) => (
          <Radio
            key={mode}
            value={mode}
            label={reentryModes[mode].title}
            description={
              <>
                {reentryModes[mode].what}
                <span className="outcomes">
                  <Picture when="Inside" what={outcomes[mode].inside} />
                  <Picture when="Has left" what={outcomes[mode].left} />
                </span>
              </>
            }
            disabled={isReadOnly ?? false}
            className="choice"
            data-checked={value === mode || undefined}
          />
        ))}
      </div>
    </Radio.Group>
  );
}

function Picture({ when, what }: { when: string; what: Outcome }) {
  const Icon = icons[what];
  return (
    <span className="outcome" data-no={what === 'declined' || undefined}>
      <span className="outcome-when">{when}</span>
      <Icon size={15} stroke={1.8} aria-hidden /> {what}
    </span>
  );
}
