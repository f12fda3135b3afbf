/** A week in seven bars, without a library: the highest day fills the height. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 1);
  const shown = values.length > 7 ? values.slice(-7) : values;
  return (
    <svg width={62} height={22} className="spark" aria-hidden>
      {Array.from({ length: 7 }, (_, i) => {
        const value = shown[i - (7 - shown.length)] ?? 0;
        const height = value === 0 ? 2 : 3 + (value / most) * 19;
        return <rect key={i} x={i * 9} y={22 - height} width={7} height={height} rx={1.5} data-zero={value === 0 || undefined} />;
      })}
    </svg>
  );
}
