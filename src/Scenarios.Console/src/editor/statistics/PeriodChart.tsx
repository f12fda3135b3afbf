/** Three lines over the period. Who cannot see them reads the same numbers in a table. */
import '@mantine/charts/styles.css';
import { AreaChart } from '@mantine/charts';
import { exact, short } from '../../app/numbers';
import { granularity, type Period, type PeriodStatistics } from './api';

const lines = [
  { name: 'entered', label: 'Entered', color: 'var(--line-entered)' },
  { name: 'completed', label: 'Completed', color: 'var(--line-completed)' },
  { name: 'errors', label: 'Errors', color: 'var(--line-errors)' },
];

export function PeriodChart({ data, period, zone }: { data: PeriodStatistics; period: Period; zone: string }) {
  const by = granularity(period);
  const said = new Intl.DateTimeFormat(
    'en-GB',
    by === 'hour' ? { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone } : { day: 'numeric', month: 'short', timeZone: zone },
  );
  const points = data.series.map((p) => ({ at: said.format(new Date(p.at)), entered: p.entered, completed: p.completed, errors: p.errors }));
  return (
    <div className="chart">
      <div className="chart-legend" aria-hidden>
        {lines.map((l) => (
          <span key={l.name}>
            <i style={{ background: l.color }} />
            {l.label}
          </span>
        ))}
      </div>
      <div className="chart-picture" aria-hidden>
        <AreaChart
          h="100%"
          data={points}
          dataKey="at"
          series={lines}
          curveType="monotone"
          withDots={false}
          fillOpacity={0.12}
          strokeWidth={2}
          tickLine="none"
          gridAxis="x"
          valueFormatter={(n) => exact(n)}
          yAxisProps={{ width: 44, allowDecimals: false, tickFormatter: (n: number) => short(n) }}
          areaChartProps={{ accessibilityLayer: false, margin: { top: 6, right: 12, bottom: 0, left: 0 } }}
          areaProps={{ isAnimationActive: false }}
        />
      </div>
      <table className="visually-hidden">
        <caption>{`Entered, completed and errors by ${by}, ${period.from} to ${period.to}`}</caption>
        <thead>
          <tr>
            <th scope="col">{by}</th>
            {lines.map((l) => (
              <th key={l.name} scope="col">
                {l.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((p, i) => (
            <tr key={i}>
              <th scope="row">{p.at}</th>
              <td>{exact(p.entered)}</td>
              <td>{exact(p.completed)}</td>
              <td>{exact(p.errors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
