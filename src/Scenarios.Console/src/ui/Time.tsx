import { Tooltip } from '@mantine/core';
import { exactTime, shortTime } from '../app/numbers';

/** A short time; the exact one, with its zone, on hover. */
export function Time({ at }: { at: string }) {
  return (
    <Tooltip label={exactTime(at)}>
      <time dateTime={at}>{shortTime(at)}</time>
    </Tooltip>
  );
}
