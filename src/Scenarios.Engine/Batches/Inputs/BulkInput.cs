using System.Text.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

/// <summary>What became of a page. Kept as JSON in its receipt.</summary>
/// <param name="Skipped">How many were not touched, by the code of the refusal.</param>
/// <param name="Undone">Why the page as a whole was not taken: <c>unstorable</c> (some run in it is; one by one they are told
/// apart).</param>
public sealed record BulkOutcome(int Touched, Dictionary<string, int> Skipped, string? Undone = null)
{
    public static BulkOutcome Not(RefusalCode undone) => new(0, [], undone.Text());

    public static BulkOutcome AllSkipped(RefusalCode code, int runs) => new(0, new() { [code.Text()] = runs });
}

/// <summary>
/// A page of a bulk action is one commit with its receipt: asked again it answers as before, whatever its runs have done since.
/// </summary>
/// <param name="key">The page's own.</param>
/// <param name="element">Runs that have left it in the meantime are skipped; null when it does not matter.</param>
public sealed class BulkInput(ICaller<BulkInput> caller, string key, Guid[] runs, RunInput order, string? element) : SliceInput
{
    public BulkOutcome Outcome { get; private set; } = BulkOutcome.Not(RefusalCode.Overloaded);

    /// <summary>Without the control character that keeps its key apart from those of callers.</summary>
    public override string Name => $"page {key[1..]}";

    public override int Characters => OwnCharacters * runs.Length;

    public override void Ask(SliceRead read)
    {
        read.Runs.UnionWith(runs);
        read.Keys.Add(key);
    }

    public override void Decide(Batch batch) => Outcome = OutcomeIn(batch);

    private BulkOutcome OutcomeIn(Batch batch)
    {
        if (batch.IsPoisoned)
            return runs.Length == 1
                ? BulkOutcome.AllSkipped(RefusalCode.Unstorable, 1)
                : BulkOutcome.Not(RefusalCode.Unstorable);
        if (batch.Receipts.FindKept(key) is { } receipt)
            return JsonSerializer.Deserialize(receipt.Answer!, BatchJson.Default.BulkOutcome)!;
        var touched = 0;
        var skipped = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in runs)
            if (RefusalOf(batch, id) is { } code)
                skipped[code.Text()] = skipped.GetValueOrDefault(code.Text()) + 1;
            else
                touched++;
        var outcome = new BulkOutcome(touched, skipped);
        var answer = JsonSerializer.Serialize(outcome, BatchJson.Default.BulkOutcome);
        batch.Receipts.Write(key, new ReceiptRow($"runs/{batch.Key.Scenario}", [], Status: 200, answer, null, batch.Now));
        return outcome;
    }

    private RefusalCode? RefusalOf(Batch batch, Guid id) =>
        !batch.TryFind(id, out var turn, out var run) ? RefusalCode.RunNotFound
        : element is not null && run.State.Element != element ? RefusalCode.MovedOn
        : turn.Command(run, order);

    public override void Refuse() => Outcome = BulkOutcome.AllSkipped(RefusalCode.RunNotFound, runs.Length);

    public override void Answer() => caller.Answer(this);

    public override void Fail(Exception reason) => caller.Fail(this, reason);
}
