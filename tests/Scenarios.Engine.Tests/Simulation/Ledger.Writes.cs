using System.Text.Json;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Runs;

namespace Scenarios.Engine.Tests.Simulation;

/// <summary>What <c>RunLedger.CommitAsync</c> does in SQL: fence and rows, whole or not at all.</summary>
internal sealed partial class Ledger
{
    public enum Proof
    {
        Committed,
        Fenced,
        GateMoved,
    }

    /// <param name="facts">What the write is for, in the order in which it was decided.</param>
    public Proof Commit(LedgerWrite write, IReadOnlyList<Fact> facts)
    {
        var proof = Prove(write);
        Happened(proof.ToString());
        if (proof != Proof.Committed)
            return proof;
        var partition = Partitions[write.Key.Partition];
        Partitions[write.Key.Partition] = partition with
        {
            Ownership = partition.Ownership with { Seq = partition.Ownership.Seq + 1 },
            NextDue = write.NextDue,
            Resumed = partition.Resumed + write.Resumed,
        };
        Apply(write);
        Facts.AddRange(facts);
        Version++;
        return proof;
    }

    private Proof Prove(LedgerWrite write) =>
        mutant != Mutant.SkipFence && Partitions[write.Key.Partition].Ownership != write.Ownership ? Proof.Fenced
        : mutant != Mutant.SkipGate && Gate.Number != write.Gate ? Proof.GateMoved
        : Proof.Committed;

    private void Apply(LedgerWrite write)
    {
        var steps = write.Trails.ToDictionary(t => t.RunId, t => StepsOf(t.Steps));
        var kept = write.Data.ToDictionary(d => d.RunId, d => d.Kept);
        foreach (var row in write.Inserted)
            Store(row, null, steps, kept);
        foreach (var row in write.Updated)
            Store(row, null, steps, kept);
        foreach (var ended in write.Ended)
            Store(ended.Run, ended.End, steps, kept);
        ApplyEntries(write);
        foreach (var (count, n) in write.Counts)
            Add(count, n);
        foreach (var ((generation, element), n) in write.Live)
            if (mutant != Mutant.SkipCounter || n > 0 || write.Ownership.Seq % 3 != 1)
                Stand(generation, element, n);
        foreach (var (key, receipt) in write.Receipts)
            if (!Receipts.TryAdd(key, receipt) && mutant != Mutant.ForgetReceipt)
                throw new Violation("A3", $"{key} was given a second answer");
        ApplyEffects(write);
        foreach (var change in write.Profiles)
        foreach (var operation in JsonMerge.Parse(change.Operations).EnumerateArray())
            Profiles[change.ProfileId] = FieldOperations.Apply(
                Profiles.GetValueOrDefault(change.ProfileId, Engine.Runs.Facts.NoJson),
                operation
            );
    }

    private void Store(RunRow row, RunEnd? end, Dictionary<Guid, List<TrailStep>> steps, Dictionary<Guid, string?> kept)
    {
        var before = Runs.GetValueOrDefault(row.State.Id);
        var taken = steps.GetValueOrDefault(row.State.Id, []);
        if (before is not null && taken.Count == 0)
            Happened("wait recomputed");
        Runs[row.State.Id] = new StoredRun(
            row.State,
            row.Generation,
            end,
            kept.GetValueOrDefault(row.State.Id) ?? before?.Kept,
            [.. before?.Trail ?? [], .. taken.Select(s => new CommittedStep(s, before?.State ?? row.State, Gate, Clock))]
        );
    }

    private void ApplyEntries(LedgerWrite write)
    {
        foreach (var (profile, entry) in write.Entries)
            Entries[profile] = entry;
        foreach (var end in write.EntryEnds)
            if (Entries.TryGetValue(end.ProfileId, out var entry))
                Entries[end.ProfileId] = entry with
                {
                    Open = [.. entry.Open.Where(open => open != end.RunId)],
                    Completed = entry.Completed + (end.Completed ? 1 : 0),
                    Failed = entry.Failed + (end.Failed ? 1 : 0),
                    LastEndedAt = entry.LastEndedAt > end.At ? entry.LastEndedAt : end.At,
                };
    }

    private void ApplyEffects(LedgerWrite write)
    {
        foreach (var effect in write.SettledEffects)
            Effects.Remove(effect);
        foreach (var (row, due) in write.NewEffects)
            Effects[(row.RunId, row.Step)] = new StoredEffect(row, write.Key.Partition, due);
        foreach (var change in write.ChangedEffects)
            if (Effects.TryGetValue((change.RunId, change.Step), out var effect))
                Effects[(change.RunId, change.Step)] = effect with
                {
                    Row = effect.Row with { Attempt = change.Attempt, Outcome = change.Outcome },
                    Due = change.Due,
                };
    }

    /// <summary>Read as it was written: what a trail says is what is stored of it.</summary>
    private static List<TrailStep> StepsOf(string trail)
    {
        using var document = JsonDocument.Parse(trail);
        return
        [
            .. document
                .RootElement.EnumerateArray()
                .Select(step => new TrailStep(
                    step.GetProperty("step").GetInt32(),
                    step.GetProperty("element").GetString()!,
                    step.GetProperty("at").GetDateTimeOffset(),
                    step.GetProperty("leftAt").GetDateTimeOffset(),
                    step.GetProperty("output").GetString(),
                    step.TryGetProperty("detail", out var detail) ? detail.GetRawText() : null,
                    step.TryGetProperty("end", out var end) ? EndOf(end) : null
                )),
        ];
    }

    private static RunEnd EndOf(JsonElement end) =>
        new(
            Name<EndState>.Parse(end.GetProperty("state").GetString()!),
            end.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
            end.TryGetProperty("goal", out var goal) ? goal.GetString() : null
        );
}
