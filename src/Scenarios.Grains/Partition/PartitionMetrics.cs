using System.Diagnostics.Metrics;
using Scenarios.Engine.Batches;

namespace Scenarios.Grains.Partition;

/// <summary>The metrics of partitions; their names are the words of docs/words.md.</summary>
internal sealed class PartitionMetrics
{
    public const string MeterName = "Scenarios";

    private readonly Counter<long> _captures,
        _wakes,
        _effects,
        _ended;
    private readonly Counter<long> _commits;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _lateness;

    public PartitionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _captures = meter.CreateCounter<long>("scenarios_captures", description: "Captures by outcome.");
        _wakes = meter.CreateCounter<long>("scenarios_wakes", description: "Waits that ended because they were due.");
        _effects = meter.CreateCounter<long>("scenarios_effects", description: "Attempts of effects begun, by kind.");
        _ended = meter.CreateCounter<long>("scenarios_runs_ended", description: "Runs that ended, by state.");
        _commits = meter.CreateCounter<long>("scenarios_commits", description: "Transactions of the ledger.");
        _batch = meter.CreateHistogram<int>(
            "scenarios_batch_size",
            unit: "{row}",
            description: "Inputs and wakes per transaction.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }
        );
        _lateness = meter.CreateHistogram<double>(
            "scenarios_wake_lateness",
            unit: "s",
            description: "From the due instant to the instant of the commit.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
            }
        );
    }

    public void Committed(List<SliceBatch> batches)
    {
        _commits.Add(1);
        var rows = 0;
        foreach (var (_, batch) in batches)
        {
            rows += batch.Inputs.Count + batch.Lateness.Count;
            var (accepted, declined) = (0, 0);
            foreach (var input in batch.Inputs)
                if (input is CaptureInput { Outcome.Verdict: var verdict })
                    (accepted, declined) = (
                        accepted + (verdict == CaptureVerdict.Accepted ? 1 : 0),
                        declined + (verdict == CaptureVerdict.Declined ? 1 : 0)
                    );
            if (accepted > 0)
                _captures.Add(accepted, new KeyValuePair<string, object?>("outcome", "accepted"));
            if (declined > 0)
                _captures.Add(declined, new KeyValuePair<string, object?>("outcome", "declined"));
            if (batch.Lateness.Count > 0)
                _wakes.Add(batch.Lateness.Count);
            foreach (var late in batch.Lateness)
                _lateness.Record(late.TotalSeconds);
            foreach (var effect in batch.Attempts.Begun)
                _effects.Add(1, new KeyValuePair<string, object?>("kind", effect.Kind));
            foreach (var ended in batch.Write.Ended)
                _ended.Add(1, new KeyValuePair<string, object?>("state", ended.End.State.ToString().ToLowerInvariant()));
        }
        _batch.Record(rows);
    }
}
