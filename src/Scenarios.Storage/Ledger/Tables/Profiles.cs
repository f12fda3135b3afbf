using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Ledger.Tables;

/// <summary>A change of one profile, and where the profile is.</summary>
internal readonly record struct ChangedProfile(int Tenant, int Database, ProfileWrite Change);

/// <summary>
/// Customers. Scenarios, imports and callers share them, so a row that may be missing is added, all are locked in the
/// order of their keys, and
/// then they are changed by expressions, never read and written back.
/// </summary>
internal static class Profiles
{
    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    public const string Selected = "p.id, p.email, p.phone, p.time_zone, p.fields, p.subscriptions, p.created_at, p.updated_at";

    /// <summary>The same, with a null for the id and what is large where <c>x.whole</c> is false.</summary>
    public const string SelectedIfWhole = """
        case when x.whole then p.id end, p.email, p.phone, p.time_zone, case when x.whole then p.fields end, case when x.whole then p.subscriptions end, p.created_at, p.updated_at
        """;

    private const int SelectedColumns = 8;

    private static readonly Columns<ChangedProfile> Keys = new()
    {
        { "tenant_id", "int", c => c.Tenant },
        { "database", "int", c => c.Database },
        { "id", "text", c => c.Change.ProfileId },
    };

    private static readonly Columns<ChangedProfile> Changed = new()
    {
        { "tenant_id", "int", c => c.Tenant },
        { "database", "int", c => c.Database },
        { "id", "text", c => c.Change.ProfileId },
        { "head", "text", c => c.Change.Head },
        { "operations", "text", c => c.Change.Operations },
        { "subscriptions", "text", c => c.Change.Subscriptions },
    };

    private static readonly string Insert =
        $"insert into profile ({Keys.Names}) select * from {Keys.Unnest} on conflict do nothing";

    private static readonly string Lock = $"""
        select 1 from {Keys.Rows}
        join profile p on p.tenant_id = x.tenant_id and p.database = x.database and p.id = x.id
        order by p.tenant_id, p.database, p.id for no key update of p
        """;

    private static readonly string Update = $"""
        update profile p
        set email = case when x.head ? 'email' then x.head ->> 'email' else p.email end,
            phone = case when x.head ? 'phone' then x.head ->> 'phone' else p.phone end,
            time_zone = case when x.head ? 'timeZone' then x.head ->> 'timeZone' else p.time_zone end,
            fields = apply_field_operations(p.fields, x.operations),
            subscriptions = case when x.subscriptions is null then p.subscriptions else merge_subscriptions(p.subscriptions, x.subscriptions) end,
            version = p.version + 1, updated_at = clock_timestamp()
        from (select tenant_id, database, id, head::jsonb, operations::jsonb, subscriptions::jsonb from {Changed.Rows}) as x
        where p.tenant_id = x.tenant_id and p.database = x.database and p.id = x.id
        """;

    public static void Write(LedgerBatch batch, IReadOnlyList<LedgerWrite> writes)
    {
        // An update meets each row once, so the changes of one profile, from whichever slices, become one.
        var changes = writes
            .SelectMany(w => w.Profiles.Select(p => new ChangedProfile(w.Key.Tenant, w.Database, p)))
            .GroupBy(c => (c.Tenant, c.Database, c.Change.ProfileId))
            .Select(g => new ChangedProfile(g.Key.Tenant, g.Key.Database, g.Select(c => c.Change).Aggregate(ProfileWrite.Then)))
            .OrderBy(c => c.Tenant)
            .ThenBy(c => c.Database)
            .ThenBy(c => c.Change.ProfileId, StringComparer.Ordinal)
            .ToList();
        batch.Add(Insert, Keys, changes.FindAll(c => c.Change.Create));
        Change(batch, changes);
    }

    /// <summary>
    /// Locks the rows in the order of their keys, as every writer of several profiles does, and changes them. A missing
    /// row is passed over.
    /// </summary>
    public static void Change(LedgerBatch batch, IReadOnlyList<ChangedProfile> changes)
    {
        batch.Add(Lock, Keys, changes);
        batch.Add(Update, Changed, changes);
    }

    /// <summary>Null for a row that an outer join did not find.</summary>
    public static ProfileFacts? Read(ref RowCursor row)
    {
        if (row.IsNull)
        {
            row.Skip(SelectedColumns);
            return null;
        }
        return new ProfileFacts(
            row.Text(),
            row.TextOrNull(),
            row.TextOrNull(),
            row.TextOrNull(),
            JsonMerge.Parse(row.Text()),
            JsonMerge.Parse(row.Text()),
            row.Instant(),
            row.Instant()
        );
    }
}
