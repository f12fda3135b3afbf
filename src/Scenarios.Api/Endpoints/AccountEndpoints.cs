using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Endpoints;

/// <summary><c>/account</c>, <c>/groups</c>, <c>/audit</c>: the tenant itself.</summary>
internal static class AccountEndpoints
{
    private const int MaxRetentionDays = 3650,
        MaxRatePerSecond = 1_000_000;

    /// <param name="TimeZone">IANA name; for scenarios that name none.</param>
    /// <param name="RetentionDays">How long ended runs and content are kept.</param>
    /// <param name="RatePerSecond">Requests a second that the tenant may send; null is unlimited.</param>
    public sealed record AccountView(string Name, string TimeZone, int RetentionDays, int? RatePerSecond)
    {
        public static AccountView Of(Account account) =>
            new(account.Name, account.TimeZone, account.RetentionDays, account.RatePerSecond);
    }

    public sealed record AccountPatch(string? TimeZone = null, int? RetentionDays = null, int? RatePerSecond = null);

    public sealed record GroupList(IReadOnlyList<string> Items);

    public sealed record AuditView(Guid Id, DateTimeOffset At, string Actor, string Action, string Subject, JsonElement Detail);

    public static void MapAccount(this RouteGroupBuilder api)
    {
        var account = api.MapGroup("").WithTags("Account");
        account
            .MapGet("/account", GetAsync)
            .Needs(Role.Viewer)
            .Produces<AccountView>()
            .WithSummary("Get the account: zone, limits, retention");
        account
            .MapPatch("/account", ChangeAsync)
            .Needs(Role.Admin)
            .Body<AccountPatch>()
            .Produces<AccountView>()
            .WithSummary("Change the account");
        account
            .MapGet("/groups", GroupsAsync)
            .Needs(Role.Viewer)
            .Produces<GroupList>()
            .WithSummary("List the access groups in use");
        account
            .MapGet("/audit", AuditAsync)
            .Needs(Role.Admin)
            .Pages()
            .Produces<Listed<AuditView>>()
            .WithSummary("List who changed what, newest first");
    }

    private static async Task<IResult> GetAsync(HttpContext context, IGrainFactory grains) =>
        Answer.Ok(AccountView.Of(await grains.Tenant(context.Caller().Tenant).Account()));

    private static async Task<IResult> ChangeAsync(HttpContext context, IGrainFactory grains)
    {
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context)).Object(problems);
        var zone = body.ZoneName("timeZone");
        var retention = body.Whole("retentionDays", 1, MaxRetentionDays);
        // Null is unlimited, which the grain knows as 0; absent leaves it.
        var rate = body.Whole("ratePerSecond", 1, MaxRatePerSecond) ?? (body.Names("ratePerSecond") ? 0 : null);
        body.Done();
        Refused.If(problems);
        return Answer.Ok(
            AccountView.Of(
                await grains
                    .Tenant(context.Caller().Tenant)
                    .Change(new AccountChange(zone, retention, rate, context.Caller().Actor))
            )
        );
    }

    private static async Task<IResult> GroupsAsync(HttpContext context, TenantStore tenants) =>
        Answer.Ok(new GroupList(await tenants.GroupsAsync(context.Caller().Tenant, context.RequestAborted)));

    private static async Task<IResult> AuditAsync(HttpContext context, AuditStore audit)
    {
        var page = await context.PageAsync();
        var rows = await audit.ListAsync(
            context.Caller().Tenant,
            page.After is null ? null : Guid.Parse(page.After),
            page.Limit + 1,
            context.RequestAborted
        );
        return Answer.Ok(
            page.Of(
                rows,
                row => new AuditView(row.Id, row.At, row.Actor, row.Action, row.Subject, JsonElement.Parse(row.Detail)),
                row => row.Id.ToString()
            )
        );
    }
}
