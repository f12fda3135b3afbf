using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains;

/// <summary>A tenant's settings, and the creation of its scenarios.</summary>
internal sealed class TenantGrain(
    TenantStore tenants,
    DatabaseStore databases,
    ScenarioStore scenarios,
    SavedScenario saved,
    TimeProvider time
) : Grain, ITenantGrain
{
    private readonly RateBucket _bucket = new(time);
    private int? _ratePerSecond;

    private int Tenant => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        _ratePerSecond = (await RowAsync(cancellationToken)).RatePerSecond;

    public async Task<Account> Account()
    {
        var row = await RowAsync(CancellationToken.None);
        return new Account(row.Name, row.TimeZone, row.RetentionDays, row.RatePerSecond);
    }

    public async Task<Account> Change(AccountChange change)
    {
        await tenants.ChangeAsync(
            Tenant,
            change.TimeZone,
            change.RetentionDays,
            change.RatePerSecond,
            new Audit(Tenant, change.Actor.Name, "change", "account"),
            CancellationToken.None
        );
        var account = await Account();
        _ratePerSecond = account.RatePerSecond;
        return account;
    }

    public Task<RateAnswer> Take(int cost, int ahead)
    {
        if (_ratePerSecond is not { } rate)
            return Task.FromResult(new RateAnswer(null, 0, IsLimited: false));
        var wait = _bucket.Take(cost, rate);
        // A node reserves 1/20 s worth in advance, so that a high rate costs few calls and a low rate is exact.
        return Task.FromResult(
            new RateAnswer(wait, wait is null ? _bucket.TakeSome(Math.Min(ahead, rate / 20)) : 0, IsLimited: true)
        );
    }

    public async Task<CreateAnswer> CreateScenario(NewScenario request)
    {
        var original = request.CloneOf is { } number ? await scenarios.FindAsync(Tenant, number, CancellationToken.None) : null;
        if (request.CloneOf is not null && original is null or { Deleted: true })
            return Refused(Refusal.Of(RefusalCode.ScenarioNotFound, "Unknown scenario."));

        var name = request.Database ?? original?.DatabaseName ?? "";
        var database = await databases.FindAsync(Tenant, name, CancellationToken.None);
        if (database is null)
            return Refused(Refusal.At("/database", RefusalCode.DatabaseNotFound, $"Unknown database '{name}'."));

        var read = original is null
            ? saved.Read(request.Definition ?? SavedScenario.EmptyDefinition, request.Settings, request.About, null)
            : saved.Read(
                request.Definition ?? CloneOf(original),
                request.Settings ?? original.Settings,
                request.About ?? original.About,
                null
            );
        if (read.Refusal is { } refusal)
            return Refused(refusal);
        var partitions = request.Partitions ?? read.Settings!.Partitions;
        var settings = SavedScenario.Write(read.Settings! with { Partitions = partitions });
        var title = request.Title ?? (original is null ? "Untitled" : Copied(original.Title));
        var created = await scenarios.CreateAsync(
            Tenant,
            title,
            read.About!,
            database.Number,
            partitions,
            settings,
            read.Definition!,
            read.Layout ?? "{}",
            request.Actor.Name,
            CancellationToken.None
        );
        return created is { } given
            ? new CreateAnswer(given, null)
            : Refused(
                Refusal.Of(
                    RefusalCode.QuotaExceeded,
                    $"At most {ScenarioStore.MaxScenarios} scenarios are allowed, including those in the trash."
                )
            );
    }

    private async Task<AccountRow> RowAsync(CancellationToken cancellationToken) =>
        await tenants.AccountAsync(Tenant, cancellationToken)
        ?? throw new InvalidOperationException($"There is no tenant {Tenant}.");

    private static string Copied(string title) => (title.Length > 190 ? title[..190] : title) + " (copy)";

    /// <summary>
    /// The same graph under new element ids, so that nothing in the clone can be mistaken for the original.
    /// </summary>
    private static string CloneOf(ScenarioRow original) => ClonedDefinition.Of(original.Definition, original.Layout);

    private static CreateAnswer Refused(Refusal refusal) => new(0, refusal);
}
