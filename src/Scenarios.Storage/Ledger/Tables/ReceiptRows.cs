using Scenarios.Engine.Batches;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>Answers of idempotency keys. Slices share the table, so rows are inserted in the order of their keys.</summary>
internal static class ReceiptRows
{
    private static readonly Columns<Asked<string>> ByKey = new()
    {
        { "i", "int", a => a.Place },
        { "tenant_id", "int", a => a.Tenant },
        { "key", "text", a => a.Value },
    };

    private static readonly Columns<Written<(string Key, ReceiptRow Row)>> Given = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "key", "text", r => r.Row.Key },
        { "route", "text", r => r.Row.Row.Route },
        { "hash", "bytea", r => r.Row.Row.Hash },
        { "status", "smallint", r => (short?)r.Row.Row.Status },
        { "answer", "text", r => r.Row.Row.Answer },
        { "run_id", "uuid", r => r.Row.Row.RunId },
        { "at", "timestamptz", r => r.Row.Row.At },
    };

    private static readonly Columns<Written<string>> Expired = new()
    {
        { "tenant_id", "int", r => r.Tenant },
        { "key", "text", r => r.Row },
    };

    private static readonly string Select = $"""
        select x.i, t.key, t.route, t.hash, t.status, t.answer, t.run_id, t.at
        from {ByKey.Rows}
        join receipt t on t.tenant_id = x.tenant_id and t.key = x.key
        """;

    private static readonly string Insert = $"insert into receipt ({Given.Names}) select * from {Given.Unnest}";

    private static readonly string Delete =
        $"delete from receipt t using {Expired.Rows} where t.tenant_id = x.tenant_id and t.key = x.key and t.run_id is null";

    public static void Ask(LedgerBatch batch, IReadOnlyList<SliceRead> slices) =>
        batch.Add(Select, ByKey, LedgerBatch.Asked(slices, s => s.Keys), reader =>
        {
            var row = new RowCursor(reader);
            var slice = slices[row.Int()];
            slice.Receipts[row.Text()] = new ReceiptRow(
                row.Text(),
                row.Value<byte[]>(),
                row.ShortOrNull(),
                row.TextOrNull(),
                row.IdOrNull(),
                row.Instant()
            );
        });

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        batch.Add(Delete, Expired, LedgerBatch.Rows(writes, w => w.ExpiredReceipts));
        var given = LedgerBatch.Rows(writes, w => w.Receipts);
        given.Sort((a, b) => a.Tenant != b.Tenant ? a.Tenant.CompareTo(b.Tenant) : string.CompareOrdinal(a.Row.Key, b.Row.Key));
        batch.Add(Insert, Given, given);
    }
}
