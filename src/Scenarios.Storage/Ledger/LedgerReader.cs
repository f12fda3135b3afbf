using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Ledger.Tables;

namespace Scenarios.Storage.Ledger;

/// <summary>
/// Reads what the batches of several slices need, in one round trip. Every statement takes its keys as arrays and gives
/// the slice's place (<c>i</c>) back, so that one plan serves any number of slices. All go by <c>now()</c>, which is one instant
/// for the whole round trip: what falls due between two readings of a clock would be found by none of them, and
/// announced by none.
/// </summary>
internal static class LedgerReader
{
    /// <returns>The database's clock, shifted by <paramref name="shift"/> (tests move time with it).</returns>
    public static async Task<DateTimeOffset> ReadAsync(
        NpgsqlConnection connection,
        IReadOnlyList<SliceRead> slices,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        var batch = new LedgerBatch(connection);
        await using var commands = batch.Commands;
        var now = default(DateTimeOffset);
        batch.Add("select now() + $1", reader => now = reader.GetFieldValue<DateTimeOffset>(0), shift);
        Runs.AskDue(batch, slices, shift);
        Effects.AskDue(batch, slices, shift);
        Effects.AskUnderWay(batch, slices);
        Runs.AskById(batch, slices);
        ProfileEntries.AskCaptured(batch, slices);
        Runs.AskOpen(batch, slices);
        ReceiptRows.Ask(batch, slices);
        ProfileEntries.AskHistories(batch, slices);
        await batch.ReadAsync(cancellationToken);
        return now;
    }

    /// <summary>
    /// Second round, only where a definition asks for other scenarios: the histories of the profiles of the runs that were found.
    /// </summary>
    public static async Task ReadHistoriesAsync(
        NpgsqlConnection connection,
        IReadOnlyList<SliceRead> slices,
        CancellationToken cancellationToken
    )
    {
        var batch = new LedgerBatch(connection);
        await using var commands = batch.Commands;
        ProfileEntries.AskHistoriesOfRuns(batch, slices);
        if (commands.BatchCommands.Count > 0)
            await batch.ReadAsync(cancellationToken);
    }
}
